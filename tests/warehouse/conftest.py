"""What tests of this folder share: a night that is exported, and an offline BigQuery."""

import importlib.util

import pytest
from support.exported_night import exported_night
from support.folders import open_folder

from embedded.bigquery.install import Installation, absent
from embedded.bigquery.server import OfflineBigQuery
from embedded.paths import ProjectPaths

PROJECT = "tallyhouse-test"


@pytest.fixture(scope="session")
def bigquery():
    """A server that runs; datasets are the tests' own."""
    if importlib.util.find_spec("google.cloud.bigquery") is None:
        pytest.skip("BigQuery's clients are not installed: make bigquery")
    if reason := absent():
        pytest.skip(reason)
    installation = Installation.of(ProjectPaths.of_project())
    with open_folder() as folder, OfflineBigQuery(installation, folder, project=PROJECT) as server:
        yield server


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    with exported_night(tmp_path_factory.mktemp("exported")) as night:
        yield night
