"""What would be made, as Terraform plans it: protected, not public, in one region, least rights."""

import json

import pytest

REGION = "europe-west2"
BUCKET = "tallyhouse-test-tallyhouse-lake"
PROTECTED = {
    "google_bigquery_dataset", "google_bigquery_table", "google_cloud_run_v2_service",
    "google_compute_disk", "google_compute_instance", "google_secret_manager_secret",
    "google_storage_bucket",
}  # fmt: skip
# What holds nothing, and is made again in a minute.
UNPROTECTED = {
    "google_artifact_registry_repository", "google_artifact_registry_repository_iam_member",
    "google_bigquery_dataset_access", "google_bigquery_table_iam_member", "google_billing_budget",
    "google_cloud_quotas_quota_preference", "google_cloud_run_v2_service_iam_member",
    "google_compute_firewall", "google_compute_network", "google_compute_subnetwork",
    "google_iap_web_cloud_run_service_iam_member",
    "google_project_iam_member", "google_project_service",
    "google_secret_manager_secret_iam_member", "google_service_account",
    "google_service_account_iam_member", "google_storage_bucket_iam_member",
}  # fmt: skip


@pytest.fixture(scope="module")
def everything(planned):
    return planned("everything")


def is_protected(values):
    return values.get("deletion_protection") is True or values.get("deletion_policy") == "PREVENT"


def test_what_holds_something_is_protected_from_deletion(everything):
    kinds = {of_type for of_type, _, _ in everything}
    assert kinds == PROTECTED | UNPROTECTED
    open_to_deletion = {a for t, a, v in everything if t in PROTECTED and not is_protected(v)}
    assert open_to_deletion == set()


def test_nothing_of_some_days_is_protected(planned):
    kept = {a for _, a, v in planned("everything_for_some_days") if is_protected(v)}
    assert kept == set()


def test_the_whole_project_grants_only_asking_and_a_role_that_opens_the_lake_alone(everything):
    granted = [v for t, _, v in everything if t.startswith("google_project_iam")]
    roles = sorted(v["role"] for v in granted)
    assert roles == ["roles/bigquery.jobUser"] * 4 + ["roles/dataproc.worker"]
    for values in granted:
        for condition in values["condition"]:
            assert f"projects/_/buckets/{BUCKET}/" in condition["expression"]
    assert sum(len(v["condition"]) for v in granted) == 1


def test_nobody_is_everybody(everything):
    for _, address, values in everything:
        assert "allUsers" not in json.dumps(values), address
        assert "allAuthenticatedUsers" not in json.dumps(values), address


def test_the_lake_cannot_be_made_public(everything):
    buckets = [v for t, _, v in everything if t == "google_storage_bucket"]
    assert len(buckets) == 1
    for values in buckets:
        assert values["public_access_prevention"] == "enforced"
        assert values["uniform_bucket_level_access"] is True


def test_no_machine_has_an_address_on_the_internet(everything):
    machines = [v for t, _, v in everything if t == "google_compute_instance"]
    assert len(machines) == 1
    for values in machines:
        assert [i for one in values["network_interface"] for i in one["access_config"]] == []
        assert values["shielded_instance_config"][0]["enable_secure_boot"] is True


def test_doors_are_open_to_known_ranges_and_ports_alone(everything):
    doors = {
        (tuple(v["source_ranges"] or v["source_tags"]), tuple(allowed["ports"]))
        for t, _, v in everything
        if t == "google_compute_firewall"
        for allowed in v["allow"]
    }
    assert doors == {
        (("10.62.0.0/20",), ("9092",)),
        (("tallyhouse-spark",), ("1024-65535",)),
        (("35.235.240.0/20",), ("22",)),
    }


def test_everything_is_in_one_region(everything):
    for _, address, values in everything:
        for name in ("location", "region", "zone"):
            assert (values.get(name) or REGION).startswith(REGION), (address, name)


def test_tables_are_split_and_sorted_and_only_raw_expires(everything):
    for of_type, address, values in everything:
        if of_type == "google_bigquery_table":
            assert values["clustering"], address
            for split in values["time_partitioning"]:
                expires = 90 * 24 * 60 * 60 * 1000 if '["raw/' in address else None
                assert split["type"] == "DAY" and split["field"], address
                assert split["expiration_ms"] == expires, address


def test_every_account_is_granted_something_it_needs(everything):
    stages = [a for _, a, _ in everything if ".google_service_account.stage[" in a]
    grants = [a for _, a, _ in everything if ".google_bigquery_dataset_access.identity[" in a]
    accounts = {address.split('"')[1] for address in stages}
    granted = {address.split('"')[1].split()[0] for address in grants}
    assert granted == accounts == {"dashboard", "ingest", "spark", "transform"}
