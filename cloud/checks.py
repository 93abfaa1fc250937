"""What is looked at before anything is made: each finding with its fix (I/O: asks Google)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from cloud.finding import Finding
from cloud.google_api import Google, RefusedError
from cloud.held_permissions import held
from cloud.rights import BILLING_ACCOUNT, PROJECT, Right, missing, permissions
from election.bigquery import DATASETS

APIS = ("bigquery.googleapis.com", "storage.googleapis.com")
LABEL = "deployment"
_PROJECT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}")
_CONSOLE = "https://console.cloud.google.com"
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


def api_findings(google: Google, project: str) -> Iterator[Finding]:
    """Yield each API that is off."""
    for api in APIS:
        answer, unknown = _asked(
            lambda api=api: google.get(_SERVICES.format(project, api)),  # type: ignore[misc]
            f"whether {api} is on", "serviceusage.services.get",
        )  # fmt: skip
        if unknown:
            yield unknown
        elif answer.get("state") != "ENABLED":
            yield Finding(
                f"{api} is off in {project}",
                f"gcloud services enable {api} --project {project}, or"
                f" {_CONSOLE}/apis/library/{api}?project={project}",
            )


def billing_findings(google: Google, project: str) -> Iterator[Finding]:
    """Yield that nobody pays: the sandbox deletes partitions after 60 days, by their own day."""
    answer, unknown = _asked(
        lambda: google.get(_BILLING.format(project)),
        "whether billing is on", "resourcemanager.projects.get",
    )  # fmt: skip
    if unknown:
        yield unknown
    elif not answer.get("billingEnabled"):
        yield Finding(
            f"billing is off in {project}",
            f"link an account: {_CONSOLE}/billing/linkedaccount?project={project}",
        )


def right_findings(
    google: Google, rights: Iterable[Right], project: str, billing_account: str | None
) -> Iterator[Finding]:
    """Yield each role of which the deployer lacks a permission, by the permission's name."""
    rights = list(rights)
    names = {PROJECT: project, BILLING_ACCOUNT: billing_account}
    has = {
        place: held(google.client, place, name, permissions(rights, place))
        for place, name in names.items()
        if name and permissions(rights, place)
    }
    for line in missing(rights, has):
        lacks, grant = line.split(": ", 1)
        yield Finding(lacks, f"{grant} in {_CONSOLE}/iam-admin/iam?project={project}")


def existing_datasets(
    google: Google, project: str, dataset_prefix: str
) -> dict[str, dict[str, Any]]:
    """Return a deployment's datasets that are there, by schema, as Google describes them."""
    answers = {
        schema: google.find(_DATASETS.format(project, f"{dataset_prefix}{schema}"))
        for schema in DATASETS
    }
    return {schema: answer for schema, answer in answers.items() if answer is not None}


def dataset_findings(
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


def _asked(
    ask: Callable[[], dict[str, Any]], what: str, permission: str
) -> tuple[dict[str, Any], Finding | None]:
    """Return an answer, or that it is not known: who may not ask may yet have what is needed."""
    try:
        return ask(), None
    except RefusedError as refused:
        note = Finding(
            f"{what} is not known: {refused}",
            f"see the console, or grant {permission} to have it checked",
            stops=False,
        )
        return {}, note
