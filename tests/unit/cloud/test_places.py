"""Where things are: an address for every kind that has one, and whose they are."""

import httpx
import pytest
from support.google_stand_in import service_off

from cloud.adoption import orphans
from cloud.deployment import MODULES, Change, Thing
from cloud.destroy import not_looked_at, remains
from cloud.google_api import Google
from cloud.hcl import resource_types
from cloud.places import KINDS, is_ours, place_of
from election.errors import UserError

# Grants and switches, which say nothing of who made them, or nothing at all.
WITHOUT = {
    "google_artifact_registry_repository_iam_member", "google_bigquery_dataset_access",
    "google_bigquery_table_iam_member", "google_cloud_run_v2_service_iam_member",
    "google_iap_web_cloud_run_service_iam_member", "google_project_iam_member",
    "google_project_service", "google_secret_manager_secret_iam_member",
    "google_service_account_iam_member", "google_storage_bucket_iam_member",
}  # fmt: skip
NETWORK = {"project": "p", "name": "tallyhouse", "description": "Tallyhouse, deployment tallyhouse"}


def google(status, body):
    answer = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    return Google.bearing("t", transport=answer)


def test_every_kind_has_an_address_or_is_known_to_have_none():
    made = {kind for kind in resource_types(MODULES) if not kind.startswith("data.")}
    assert made == KINDS | WITHOUT and not KINDS & WITHOUT


@pytest.mark.parametrize(
    ("kind", "values", "url", "identity"),
    [
        ("google_storage_bucket", {"name": "b"}, "storage.googleapis.com/storage/v1/b/b", "p/b"),
        ("google_service_account", {"account_id": "a"}, "iam.googleapis.com/v1/{}",
         "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com"),
        ("google_compute_instance", {"zone": "z", "name": "n"},
         "compute.googleapis.com/compute/v1/{}", "projects/p/zones/z/instances/n"),
        ("google_billing_budget",
         {"billing_account": "1", "name": "billingAccounts/1/budgets/u"},
         "billingbudgets.googleapis.com/v1/{}", "billingAccounts/1/budgets/u"),
    ],
)  # fmt: skip
def test_a_thing_is_found_and_imported_by_its_name(kind, values, url, identity):
    found = place_of(kind, {"project": "p", **values})
    assert found.url == "https://" + url.format(identity) and found.identity == identity


def test_what_has_no_name_yet_has_no_place():
    assert place_of("google_billing_budget", {"billing_account": "1", "name": None}) is None
    assert place_of("google_project_iam_member", {"project": "p"}) is None


def test_what_bears_no_label_is_ours_by_its_description():
    kind = "google_compute_network"
    assert is_ours(kind, {"description": NETWORK["description"]}, NETWORK, "tallyhouse")
    assert not is_ours(kind, {"description": "mine"}, NETWORK, "tallyhouse")
    assert not is_ours(kind, {}, {"name": "tallyhouse"}, "tallyhouse")
    assert not is_ours("google_secret_manager_secret", {}, {}, "tallyhouse")
    assert is_ours("google_compute_disk", {"labels": {"deployment": "t"}}, {}, "t")


def test_nothing_is_there_where_a_service_is_off_and_a_refusal_is_told():
    change = Change("n", "google_compute_network", NETWORK, "create")
    off = google(403, service_off("compute.googleapis.com"))
    assert list(orphans(off, [change], "tallyhouse")) == [] == list(remains(off, [change]))
    refusing = google(403, {"error": {"message": "compute.networks.get is not yours"}})
    with pytest.raises(UserError, match=r"compute\.networks\.get"):
        list(orphans(refusing, [change], "tallyhouse"))
    [line] = remains(refusing, [change])
    assert "projects/p/global/networks/tallyhouse perhaps" in line
    there = google(200, {"description": NETWORK["description"]})
    [(_, identity)] = orphans(there, [change], "tallyhouse")
    assert identity == "projects/p/global/networks/tallyhouse"


def test_what_stays_and_what_cannot_be_looked_at_is_said():
    made = [
        Thing("a", "google_project_service", {"service": "run.googleapis.com"}),
        Thing("b", "google_project_iam_member", {}),
        Thing(
            "c", "google_cloud_quotas_quota_preference", {"name": "daily", "parent": "projects/p"}
        ),
        Thing("d", "google_compute_network", NETWORK),
    ]
    told = list(not_looked_at(made))
    assert any(line.startswith("stays: run.googleapis.com: ") for line in told)
    assert any(line.startswith("stays: daily: ") for line in told)
    assert told[-1].endswith("them: 1 google_project_iam_member")
    assert list(remains(google(404, {}), made)) == []
