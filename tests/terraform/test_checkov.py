"""What checkov finds dangerous in the modules is what was looked at and left."""

import json
import subprocess

import pytest
from support import terraform

LEFT = {
    ("CKV_GCP_121", "google_bigquery_table.table"): "protected unless ephemeral, which it cannot "
    "work out; tests/terraform/test_policies.py can",
    ("CKV_GCP_26", "google_compute_subnetwork.subnet"): "three doors, one machine: flow logs cost "
    "more than they tell",
    ("CKV_GCP_37", "google_compute_disk.log"): "Google's own keys: nothing here is secret",
    ("CKV_GCP_38", "google_compute_instance.broker[0]"): "Google's own keys",
    ("CKV_GCP_62", "google_storage_bucket.lake"): "who wrote is in the project's audit log",
    ("CKV_GCP_78", "google_storage_bucket.lake"): "Delta keeps its own history, and vacuum ends it",
    ("CKV_GCP_80", "google_bigquery_table.table"): "Google's own keys",
    ("CKV_GCP_81", "google_bigquery_dataset.dataset"): "Google's own keys",
    ("CKV_GCP_84", "google_artifact_registry_repository.images"): "Google's own keys",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    done = subprocess.run(
        [terraform.checkov(), "--directory", terraform.MODULES, "--framework", "terraform",
         "--skip-download", "--quiet", "--compact", "--output", "json"],
        env={"HOME": str(tmp_path_factory.mktemp("home")), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path_factory.mktemp("run"), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=terraform.WITHIN_S,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_everything_was_looked_at(report):
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["resource_count"] > 30
    assert report["summary"]["passed"] > 30


def test_what_is_found_is_what_was_left_and_no_more(report):
    found = {
        (check["check_id"], check["resource"].split(".", 2)[2])
        for check in report["results"]["failed_checks"]
    }
    assert found == set(LEFT)
