"""One offline BigQuery for all tests of this folder, where it is installed."""

import importlib.util

import pytest
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
