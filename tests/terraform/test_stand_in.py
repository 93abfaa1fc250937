"""The stand-in refuses what the provider would: planted faults, all found by one `validate`."""

import json

import pytest
from support import terraform

FAULTS = {
    "unknown_attribute": (
        'resource "google_bigquery_dataset" "f1" {\n  dataset_id = "d"\n  colour = "blue"\n}',
        'An argument named "colour" is not expected here.',
    ),
    "missing_attribute": (
        'resource "google_bigquery_table" "f2" {\n  dataset_id = "d"\n}',
        'The argument "table_id" is required, but no definition was found.',
    ),
    "missing_block": (
        'resource "google_billing_budget" "f3" {\n  billing_account = "a"\n}',
        'At least 1 "amount" blocks are required.',
    ),
    "unknown_block": (
        'resource "google_storage_bucket" "f4" {\n  name = "b"\n  location = "l"\n  door {}\n}',
        'Blocks of type "door" are not expected here.',
    ),
    "too_many_blocks": (
        'resource "google_storage_bucket" "f5" {\n  name = "b"\n  location = "l"\n'
        "  versioning {\n    enabled = true\n  }\n  versioning {\n    enabled = true\n  }\n}",
        'No more than 1 "versioning" blocks are allowed',
    ),
    "computed_attribute": (
        'resource "google_service_account" "f6" {\n  account_id = "a"\n  email = "e"\n}',
        "email is computed: it cannot be set",
    ),
    "value_outside_its_list": (
        'resource "google_compute_firewall" "f7" {\n  name = "f"\n  network = "n"\n'
        '  direction = "SIDEWAYS"\n}',
        "direction must be one of ['INGRESS', 'EGRESS'], not SIDEWAYS",
    ),
    "wrong_type": (
        'resource "google_bigquery_dataset" "f8" {\n  dataset_id = "d"\n'
        '  default_table_expiration_ms = "soon"\n}',
        'Inappropriate value for attribute "default_table_expiration_ms": a number is required.',
    ),
}


@pytest.fixture(scope="module")
def found(providers, tmp_path_factory):
    copy = terraform.copy_of_modules(tmp_path_factory.mktemp("faults"), providers)
    for name, (text, _) in FAULTS.items():
        (copy.folder / f"fault_{name}.tf").write_text(text + "\n")
    copy.run("init", "-backend=false", "-input=false")
    diagnostics = json.loads(copy.run("validate", "-json", check=False).stdout)["diagnostics"]
    return [f"{found['summary']} {found['detail']}" for found in diagnostics]


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(found, name):
    assert [line for line in found if FAULTS[name][1] in line], found


def test_nothing_else_is_found(found):
    assert len(found) == len(FAULTS)
