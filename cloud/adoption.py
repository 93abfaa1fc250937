"""What a broken-off run made and Terraform did not write down: it is taken over, not made twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloud.checks import LABEL
from cloud.deployment import Change
from cloud.google_api import Google

_DATASET = "https://bigquery.googleapis.com/bigquery/v2/projects/{}/datasets/{}"
_TABLE = _DATASET + "/tables/{}"
_BUCKET = "https://storage.googleapis.com/storage/v1/b/{}"


def orphans(
    google: Google, changes: Iterable[Change], *, project: str, deployment: str
) -> Iterator[tuple[str, str]]:
    """Yield address and identity of what is to be created and is there, with our label.

    What is there without it is somebody else's: Terraform refuses it by name.
    """
    for change in changes:
        place = _place(change, project)
        if change.action != "create" or place is None:
            continue
        url, identity = place
        found = google.find(url)
        if found is not None and found.get("labels", {}).get(LABEL) == deployment:
            yield change.address, identity


def _place(change: Change, project: str) -> tuple[str, str] | None:
    """Return where Google has a thing, and what Terraform imports it by."""
    values = change.values
    if change.kind == "google_bigquery_dataset":
        dataset = values["dataset_id"]
        return _DATASET.format(project, dataset), f"projects/{project}/datasets/{dataset}"
    if change.kind == "google_bigquery_table":
        dataset, table = values["dataset_id"], values["table_id"]
        url = _TABLE.format(project, dataset, table)
        return url, f"projects/{project}/datasets/{dataset}/tables/{table}"
    if change.kind == "google_storage_bucket":
        return _BUCKET.format(values["name"]), f"{project}/{values['name']}"
    return None
