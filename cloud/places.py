"""Where Google has what Terraform makes, and what Terraform imports it by (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BIGQUERY = "https://bigquery.googleapis.com/bigquery/v2/"
_COMPUTE = "https://compute.googleapis.com/compute/v1/"
# By kind: an API, and a name in it that Terraform imports by, too.
_NAMES = {
    "google_artifact_registry_repository": (
        "https://artifactregistry.googleapis.com/v1/",
        "projects/{project}/locations/{location}/repositories/{repository_id}",
    ),
    "google_bigquery_dataset": (_BIGQUERY, "projects/{project}/datasets/{dataset_id}"),
    "google_bigquery_table": (
        _BIGQUERY, "projects/{project}/datasets/{dataset_id}/tables/{table_id}",
    ),
    "google_billing_budget": (
        "https://billingbudgets.googleapis.com/v1/",
        "billingAccounts/{billing_account}/budgets/{name}",
    ),
    "google_cloud_quotas_quota_preference": (
        "https://cloudquotas.googleapis.com/v1/",
        "{parent}/locations/global/quotaPreferences/{name}",
    ),
    "google_cloud_run_v2_service": (
        "https://run.googleapis.com/v2/", "projects/{project}/locations/{location}/services/{name}",
    ),
    "google_compute_disk": (_COMPUTE, "projects/{project}/zones/{zone}/disks/{name}"),
    "google_compute_firewall": (_COMPUTE, "projects/{project}/global/firewalls/{name}"),
    "google_compute_instance": (_COMPUTE, "projects/{project}/zones/{zone}/instances/{name}"),
    "google_compute_network": (_COMPUTE, "projects/{project}/global/networks/{name}"),
    "google_compute_subnetwork": (
        _COMPUTE, "projects/{project}/regions/{region}/subnetworks/{name}",
    ),
    "google_secret_manager_secret": (
        "https://secretmanager.googleapis.com/v1/", "projects/{project}/secrets/{secret_id}",
    ),
    "google_service_account": (
        "https://iam.googleapis.com/v1/",
        "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
    ),
}  # fmt: skip
_BUCKET = "https://storage.googleapis.com/storage/v1/b/{name}"
# What bears no label is told by its description, in which its deployment's name is or is implied
# by the name of the thing.
_DESCRIBED = {
    "google_compute_firewall", "google_compute_network", "google_compute_subnetwork",
    "google_service_account",
}  # fmt: skip
LABEL = "deployment"
# Grants and switched-on services have no address of their own that says whose they are.
KINDS = {*_NAMES, "google_storage_bucket"}


@dataclass(frozen=True)
class Place:
    """A thing's address in Google's API, and its identity for `terraform import`."""

    url: str
    identity: str


def place_of(kind: str, values: Mapping[str, Any]) -> Place | None:
    """Return where a thing is; None where it has no address, or none that is known before."""
    known = {name: value for name, value in values.items() if value is not None}
    try:
        if kind == "google_storage_bucket":
            return Place(_BUCKET.format(**known), "{project}/{name}".format(**known))
        if kind not in _NAMES:
            return None
        api, name = _NAMES[kind]
        identity = name.format(**known | _short_name(known))
    except KeyError:
        return None
    return Place(api + identity, identity)


def is_ours(
    kind: str, found: Mapping[str, Any], values: Mapping[str, Any], deployment: str
) -> bool:
    """Say whether what Google has is what this deployment would make.

    Args:
        kind: Terraform's.
        found: What Google answers.
        values: What Terraform would make.
        deployment: The label of all that this deployment makes.
    """
    if kind in _DESCRIBED:
        return bool(values.get("description")) and found.get("description") == values["description"]
    if kind == "google_cloud_quotas_quota_preference":
        return bool(found.get("quotaId") == values.get("quota_id"))
    return bool(found.get("labels", {}).get(LABEL) == deployment)


def _short_name(values: Mapping[str, Any]) -> dict[str, str]:
    """Return a name without what stands before it: Google gives some with their whole path."""
    return {"name": str(values["name"]).rsplit("/", 1)[-1]} if "name" in values else {}
