"""`make cloud-destroy`: what this folder made, and nothing else, is taken away (I/O)."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from cloud.consent import agreed
from cloud.deployment import Deployment, Thing
from cloud.google_api import Google, open_google, terraform_login
from cloud.places import KINDS, LABEL, place_of
from cloud.refusals import RefusedError
from cloud.settings import ConsentSettings, LoginSettings
from election.errors import UserError

_DATASETS = "https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets"
_BUCKETS = "https://storage.googleapis.com/storage/v1/b"
MADE = "made.json"
DONE, LEFT = 0, 1
_STAYS = {
    "google_cloud_quotas_quota_preference": "Google deletes no limit; raise it in the console",
    "google_project_service": "something else may have come to need it",
}
_NAME_OF = {"google_cloud_quotas_quota_preference": "name", "google_project_service": "service"}


def destroy(
    folder: Path, project: str, login: LoginSettings, consent: ConsentSettings,
    say: Callable[[str], None],
) -> int:  # fmt: skip
    """Destroy a deployment through its state; 1 if Google still has anything of it.

    Args:
        folder: Where the state is.
        project: Whose deployment it is.
        login: Who asks Google what is left.
        consent: What was agreed to beforehand.
        say: Gets a line for each thing.

    Raises:
        UserError: nothing was ever made from here, or Terraform fails; running it again goes on.
    """
    deployment = Deployment(folder, terraform_login(login), say)
    if not deployment.exists and consent.is_dry:
        say(f"nothing of {project} was made from this folder")
        say("DRY_RUN=1: nothing was destroyed")
        return DONE
    if not deployment.exists:
        raise UserError(
            f"there is nothing of {project} to destroy",
            why=f"{folder} has no state: nothing was made from this folder",
            fix="run it where make bigquery-full-setup ran; what others made is not touched",
        )
    variables = deployment.variables()
    deployment.prepare(variables)
    things = deployment.things()
    for thing in things:
        say(f"  {thing.address}")
    say(f"{len(things)} things of {project}, with all rows and files in them")
    if consent.is_dry:
        say("DRY_RUN=1: nothing was destroyed")
        return DONE
    made = noted(folder, things)
    if things:
        if not agreed(consent, "destroy all of this?"):
            say("kept")
            return DONE
        deployment.destroy()
    label = str(variables["prefix"]).replace("_", "-")
    with open_google(login, project) as google:
        left = [*remains(google, made), *labelled(google, project, label, made)]
    for line in not_looked_at(made):
        say(line)
    for line in left:
        say(f"left: {line}")
    if left:
        return LEFT
    shutil.rmtree(folder)
    say(f"nothing of the deployment {label} is left in {project}")
    return DONE


def noted(folder: Path, things: Iterable[Thing]) -> list[Thing]:
    """Return what is to be gone, also of an earlier try, and keep it for a later one."""
    file = folder / MADE
    before = [Thing(**one) for one in json.loads(file.read_text())] if file.is_file() else []
    made = list({thing.address: thing for thing in (*before, *things)}.values())
    file.write_text(json.dumps([asdict(thing) for thing in made]))
    return made


def remains(google: Google, made: Iterable[Thing]) -> Iterator[str]:
    """Yield what was made and Google still has, or does not say."""
    for thing in made:
        place = place_of(thing.kind, thing.values)
        if place is None or thing.kind in _STAYS:
            continue
        try:
            if google.find(place.url) is not None:
                yield f"{thing.kind} {place.identity}"
        except RefusedError as refused:
            if refused.service_off is None:
                yield f"{thing.kind} {place.identity} perhaps: {refused.why}"


def labelled(google: Google, project: str, label: str, made: Iterable[Thing]) -> Iterator[str]:
    """Yield datasets and buckets with a deployment's label that are not among what was made."""
    known = {place.url for thing in made if (place := place_of(thing.kind, thing.values))}
    wanted = f"labels.{LABEL}:{label}"
    for dataset in google.every(_DATASETS.format(project), "datasets", filter=wanted):
        name = dataset["datasetReference"]["datasetId"]
        ours = dataset.get("labels", {}).get(LABEL) == label
        if ours and f"{_DATASETS.format(project)}/{name}" not in known:
            yield f"dataset {name}"
    for bucket in google.every(_BUCKETS, "items", project=project):
        ours = bucket.get("labels", {}).get(LABEL) == label
        if ours and f"{_BUCKETS}/{bucket['name']}" not in known:
            yield f"bucket {bucket['name']}"


def not_looked_at(made: Iterable[Thing]) -> Iterator[str]:
    """Yield what stays by its nature, and what has no address to ask for (pure)."""
    made = list(made)
    for kind, why in _STAYS.items():
        if names := sorted(str(t.values[_NAME_OF[kind]]) for t in made if t.kind == kind):
            yield f"stays: {', '.join(names)}: {why}"
    unseen = Counter(t.kind for t in made if t.kind not in KINDS | _STAYS.keys())
    if unseen:
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(unseen.items()))
        yield f"not looked at, as Terraform alone knows them: {told}"
