"""`make cloud-destroy`: what this folder made, and nothing else, is taken away (I/O)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from cloud.checks import LABEL
from cloud.consent import agreed
from cloud.deployment import Deployment
from cloud.google_api import Google, open_google, terraform_login
from cloud.settings import ConsentSettings, LoginSettings
from election.errors import UserError

_DATASETS = "https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets"
_BUCKETS = "https://storage.googleapis.com/storage/v1/b"
DONE, LEFT = 0, 1


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
    addresses = deployment.addresses()
    for address in addresses:
        say(f"  {address}")
    say(f"{len(addresses)} things of {project}, with all rows and files in them")
    if consent.is_dry:
        say("DRY_RUN=1: nothing was destroyed")
        return DONE
    if addresses:
        if not agreed(consent, "destroy all of this?"):
            say("kept")
            return DONE
        deployment.destroy()
    label = str(variables["prefix"]).replace("_", "-")
    with open_google(login, project) as google:
        left = list(remains(google, project, label))
    for line in left:
        say(f"left: {line}")
    if left:
        return LEFT
    shutil.rmtree(folder)
    say(f"nothing of the deployment {label} is left in {project}")
    return DONE


def remains(google: Google, project: str, label: str) -> Iterator[str]:
    """Yield datasets and buckets in the project that have a deployment's label."""
    wanted = f"labels.{LABEL}:{label}"
    for dataset in google.every(_DATASETS.format(project), "datasets", filter=wanted):
        if dataset.get("labels", {}).get(LABEL) == label:
            yield f"dataset {dataset['datasetReference']['datasetId']}"
    for bucket in google.every(_BUCKETS, "items", project=project):
        if bucket.get("labels", {}).get(LABEL) == label:
            yield f"bucket {bucket['name']}"
