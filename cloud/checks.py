"""What is looked at before anything is made: each finding with its fix (I/O: asks Google)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from httpx import codes

from cloud.finding import Finding
from cloud.google_api import Google
from cloud.held_permissions import held
from cloud.places import LABEL
from cloud.refusals import CONSOLE, RefusedError, enabling
from cloud.rights import BILLING_ACCOUNT, DEFAULT, PROJECT, Right, missing, permissions
from election.bigquery import DATASETS

# What must be on before Terraform begins, by switch; the modules switch the rest on themselves,
# through the last of these.
RESOURCES, USAGE = "cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"
APIS = {
    DEFAULT: ("bigquery.googleapis.com", "storage.googleapis.com", RESOURCES),
    "identities": ("iam.googleapis.com",),
    "compute": (USAGE,),
    "guard": ("cloudbilling.googleapis.com", USAGE),
}
_PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}")
_SERVICES = "https://serviceusage.googleapis.com/v1/projects/{}/services/{}"
_BILLING = "https://cloudbilling.googleapis.com/v1/projects/{}/billingInfo"
_DATASETS = "https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets/{}"


def spelling_findings(project: str, region: str, dataset_prefix: str) -> Iterator[Finding]:
    """Yield what cannot be right whatever Google says (pure)."""
    if not _PROJECT_ID.fullmatch(project):
        yield Finding(
            f"PROJECT_ID={project} is not the id of a project",
            "give the id, 6 to 30 lower-case letters, digits or -, and neither name nor number",
        )
    if not _REGION.fullmatch(region):
        yield Finding(
            f"BIGQUERY_LOCATION={region} is not a region",
            "name one region for datasets and lake, for example BIGQUERY_LOCATION=europe-west2",
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,16}[a-z0-9]_", dataset_prefix):
        yield Finding(
            f"BIGQUERY_DATASET_PREFIX={dataset_prefix} cannot begin names of a deployment",
            "write 2 to 18 lower-case letters, digits or _, and _ at the end, as tallyhouse_",
        )


def needed_apis(switches: Collection[str]) -> list[str]:
    """Return the APIs that must be on for a deployment, each once (pure)."""
    on = [switch for switch in APIS if switch in {DEFAULT, *switches}]
    return list(dict.fromkeys(api for switch in on for api in APIS[switch]))


def api_findings(google: Google, project: str, switches: Collection[str]) -> Iterator[Finding]:
    """Yield each API that is off and must be on."""
    for api in needed_apis(switches):
        try:
            answer = google.get(_SERVICES.format(project, api))
        except RefusedError as refused:
            yield _unknown(
                refused, project, f"whether {api} is on", "serviceusage.services.get",
                stops=refused.service_off in needed_apis(switches),
            )  # fmt: skip
        else:
            if answer.get("state") != "ENABLED":
                yield _off(api, project)


def billing_findings(google: Google, project: str) -> Iterator[Finding]:
    """Yield that nobody pays: the sandbox deletes partitions after 60 days, by their own day."""
    try:
        answer = google.get(_BILLING.format(project))
    except RefusedError as refused:
        yield _unknown(
            refused, project, "whether billing is on", "resourcemanager.projects.get", stops=False
        )
        return
    if not answer.get("billingEnabled"):
        yield Finding(
            f"billing is off in {project}",
            f"link an account: {CONSOLE}/billing/linkedaccount?project={project}",
        )


def right_findings(
    google: Google, rights: Iterable[Right], project: str, billing_account: str | None
) -> Iterator[Finding]:
    """Yield each role of which the deployer lacks a permission, by the permission's name."""
    rights = list(rights)
    names = {PROJECT: project, BILLING_ACCOUNT: billing_account}
    has: dict[str, set[str]] = {}
    for place, name in names.items():
        asked = permissions(rights, place)
        try:
            has[place] = held(google, place, name, asked) if name and asked else set()
        except RefusedError as refused:
            has[place] = set(asked)  # what is not known is not told as missing
            yield _unknown(refused, project, f"what is granted on {place} {name}", None, stops=True)
    for line in missing(rights, has):
        lacks, grant = line.split(": ", 1)
        yield Finding(lacks, f"{grant} in {CONSOLE}/iam-admin/iam?project={project}")


def dataset_findings(
    google: Google, project: str, dataset_prefix: str, *, region: str, deployment: str,
    ours: Collection[str],
) -> Iterator[Finding]:  # fmt: skip
    """Yield what is wrong with datasets that are there; the arguments are those of `misplaced`."""
    try:
        found = {
            schema: google.find(_DATASETS.format(project, f"{dataset_prefix}{schema}"))
            for schema in DATASETS
        }
    except RefusedError as refused:
        what, permission = "which datasets are there", "bigquery.datasets.get"
        yield _unknown(refused, project, what, permission, stops=True)
        return
    there = {schema: answer for schema, answer in found.items() if answer is not None}
    yield from misplaced(there, region=region, deployment=deployment, ours=ours)


def misplaced(
    found: Mapping[str, Mapping[str, Any]], *, region: str, deployment: str,
    ours: Collection[str],
) -> Iterator[Finding]:  # fmt: skip
    """Yield datasets that are elsewhere, or that somebody else has made (pure).

    Args:
        found: Datasets by schema.
        region: Where they should be.
        deployment: The label that this deployment gives to what it makes.
        ours: Schemas of the datasets that this folder's Terraform knows.
    """
    for schema, dataset in found.items():
        name = str(dataset.get("datasetReference", {}).get("datasetId", schema))
        location = str(dataset.get("location", ""))
        is_ours = schema in ours or dataset.get("labels", {}).get(LABEL) == deployment
        if not is_ours:
            yield Finding(
                f"the dataset {name} is there, and not by this command",
                "set BIGQUERY_DATASET_PREFIX to a prefix of your own, as mine_",
            )
        elif location.lower() != region.lower():
            yield Finding(
                f"the dataset {name} is in {location}, not in {region}",
                f"set BIGQUERY_LOCATION={location.lower()}: a dataset cannot be moved; or another"
                " BIGQUERY_DATASET_PREFIX",
            )


def _off(service: str, project: str, *, stops: bool = True) -> Finding:
    return Finding(f"{service} is off in {project}", enabling(service, project), stops)


def _unknown(
    refused: RefusedError, project: str, what: str, permission: str | None, *, stops: bool
) -> Finding:
    """Return what is not known because Google does not say; a service that is off is the reason.

    Args:
        refused: What Google answered.
        project: Where it was asked.
        what: What was asked.
        permission: What has it answered; None: there is none to be granted for it.
        stops: Whether nothing may be made without knowing.
    """
    if refused.service_off:
        return _off(refused.service_off, project, stops=stops)
    fix = refused.fix
    if permission and not stops and refused.status == codes.FORBIDDEN:
        fix = f"see the console, or grant {permission} to have it checked"
    return Finding(f"{what} is not known: {refused.why}", fix, stops)
