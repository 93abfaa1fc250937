"""`make bigquery-full-setup`: checks, plan and price, then tables, a night, its verdict and links.

Every step looks at what is there first, so that running it again goes on where it broke off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from cloud import checks, estimate, night
from cloud.adoption import orphans
from cloud.consent import agreed, agreed_to_deletions
from cloud.deployment import Change, Deployment, described
from cloud.finding import Finding, refuse
from cloud.google_api import Google, open_google, terraform_login
from cloud.key_file import key_findings
from cloud.night import NextStep
from cloud.request import KEPT_DAYS, Request, settings_of
from cloud.rights import RIGHTS_FILE, needed, read_rights
from election.bigquery import DATASETS
from election.settings import BigQuerySettings, GeneratorSettings, read_settings
from election.tables import ALL_TABLES
from embedded import demo, preflight
from embedded.paths import PROJECT_ROOT, ProjectPaths

EMULATOR = "emulator"
FAILED_EXIT = 1


def full_setup(request: Request, say: Callable[[str], None]) -> int:
    """Set everything up and return the exit code: 0 reconciled, 1 not.

    Raises:
        UserError: a check stops it, or a step failed; a person mends it and runs it again.
    """
    options = demo.read_options()
    _report(local_findings(request), say, "nothing can be set up yet")
    deployment = Deployment(request.folder, terraform_login(request.login), say)
    if request.consent.is_dry or request.is_offline:
        say("DRY_RUN or an emulator: nothing is asked of Google and nothing is made there")
    changes = _planned(request, deployment, say)
    for line in plan_lines(request, changes, options):
        say(line)
    if request.consent.is_dry and not request.is_offline:
        say("DRY_RUN=1: nothing was made")
        return 0
    if not request.is_offline and changes:
        if not _agreed_to(request, deployment, changes, say):
            say("nothing was made")
            return 0
        deployment.apply()
    if "compute" in request.switches and not request.image_tag and not request.is_offline:
        say("compute waits for its images (terraform/README.md): push them under one tag to")
        say(f"{deployment.outputs()['image_repository']}, and run this again with IMAGE_TAG=<tag>")
        return _links(request, deployment, say, code=0)
    code = _night(request, say, is_agreed=request.is_offline or bool(changes))
    return _links(request, deployment, say, code=code)


def _agreed_to(
    request: Request, deployment: Deployment, changes: list[Change], say: Callable[[str], None]
) -> bool:
    """Return whether a plan may be applied; what it takes away is named and agreed to apart.

    Raises:
        UserError: nobody can be asked.
    """
    gone = [change for change in changes if change.takes_away]
    for change in gone:
        say(f"  {change.action}: {change.address}")
    if not agreed(request.consent, "make this, and pay for it?"):
        return False
    before = settings_of(deployment.variables()) if gone else ""
    return not gone or agreed_to_deletions(
        request.consent,
        f"{', '.join(described(gone))}, with all that is in them?",
        f"run it with the settings of before: {before}",
    )


def local_findings(request: Request) -> Iterator[Finding]:
    """Yield what can be seen from here, without Google."""
    where = request.where
    yield from checks.spelling_findings(request.project, where.region, where.dataset_prefix)
    if request.image_tag and "compute" not in request.switches:
        yield Finding(
            f"IMAGE_TAG={request.image_tag} is of no use without compute",
            "say WITH=identities,compute, or leave it out",
        )
    file = request.login.credentials_file
    if file and not (request.is_offline and file == EMULATOR):
        yield from key_findings(file, PROJECT_ROOT)


def google_findings(request: Request, google: Google, ours: set[str]) -> Iterator[Finding]:
    """Yield what only Google knows; `ours`: schemas whose dataset this folder has made."""
    yield from checks.api_findings(google, request.project, request.switches)
    yield from checks.billing_findings(google, request.project)
    rights = needed(read_rights(RIGHTS_FILE.read_text()), request.switches)
    yield from checks.right_findings(google, rights, request.project, request.billing_account)
    yield from checks.dataset_findings(
        google, request.project, request.where.dataset_prefix, region=request.where.region,
        deployment=request.label, ours=ours,
    )  # fmt: skip


def plan_lines(
    request: Request, changes: list[Change], options: GeneratorSettings
) -> Iterator[str]:
    """Yield what would be made and what it would cost."""
    if request.is_offline or request.consent.is_dry:
        yield f"plan: {len(DATASETS)} datasets with {len(ALL_TABLES)} tables, and a bucket"
    elif changes:
        yield "plan: " + ", ".join(described(changes))
    else:
        yield "plan: everything is there"
    pace = read_settings(BigQuerySettings, GCP_PROJECT_ID=request.project)
    bill = estimate.night_bill(
        speed=options.speed, scale=options.scale, load_every_s=pace.load_every_s,
        write_every_s=pace.write_every_s, dbt_every_s=preflight.cadence_s(),
        with_compute="compute" in request.switches,
    )  # fmt: skip
    yield f"a night of 1:{options.scale} at speed {options.speed}, list prices (docs/cost.md):"
    yield from estimate.lines(bill)
    yield f"tables and files are deleted after {KEPT_DAYS} days; make cloud-destroy does it at once"


def _planned(request: Request, deployment: Deployment, say: Callable[[str], None]) -> list[Change]:
    """Return what Terraform would change, when Google has nothing against it."""
    if request.consent.is_dry or request.is_offline:
        return []
    with open_google(request.login, request.project) as google:
        ours = schemas_of(deployment.addresses()) if deployment.exists else set()
        _report(google_findings(request, google, ours), say, "nothing can be set up yet")
        say("checks passed; planning")
        deployment.prepare(request.variables())
        changes = deployment.plan()
        left = list(orphans(google, changes, request.label))
        for address, identity in left:
            say(f"{address} is there from a run that broke off")
            deployment.adopt(address, identity)
    return deployment.plan() if left else changes


def schemas_of(addresses: list[str]) -> set[str]:
    """Return the schemas whose datasets are in a state (pure)."""
    mark = "google_bigquery_dataset.dataset["
    return {a.split('"')[1] for a in addresses if mark in a}


def _report(findings: Iterator[Finding], say: Callable[[str], None], what: str) -> None:
    found = list(dict.fromkeys(findings))  # a service that is off is met more than once
    for finding in found:
        say(finding.line())
    refuse(found, what)


def _night(request: Request, say: Callable[[str], None], *, is_agreed: bool) -> int:
    """Hold a night where none is complete; return whether it reconciled.

    `is_agreed`: a person has said yes to paying for it.
    """
    step = night.next_step(request.paths, request.base, request.storage(), say)
    say(f"the night: {step.value}")
    if step is NextStep.NOTHING:
        return 0 if summary_passes(request.paths) else FAILED_EXIT
    if not is_agreed and not agreed(request.consent, f"hold {step.value}, and pay for it?"):
        say("no night was held")
        return 0
    environment = request.storage()
    if (file := request.login.credentials_file) and file != EMULATOR:
        environment["CREDENTIALS_FILE"] = str(Path(file).expanduser().resolve())
    return night.hold(request.base, environment, resume=step is NextStep.GO_ON)


def summary_passes(paths: ProjectPaths) -> bool:
    """Say whether the newest night's summary says that everything reconciles."""
    try:
        found = json.loads((paths.var / "summary.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(found.get("reconciliation") == "pass")


def _links(
    request: Request, deployment: Deployment, say: Callable[[str], None], *, code: int
) -> int:
    if request.is_offline:
        say(f"datasets: {request.where.dataset_prefix}* at {request.where.emulator_host}")
    else:
        outputs = deployment.outputs()
        for name, address in sorted(outputs["console_links"].items()):
            say(f"{name}: {address}")
        if address := outputs.get("dashboard_url"):
            say(f"the dashboard for its viewers: {address}")
    say("make start-dashboard shows the night, make cost what it used, make cloud-destroy ends it")
    if os.environ.get("CREDENTIALS_FILE"):
        say("these need the same CREDENTIALS_FILE")
    return code
