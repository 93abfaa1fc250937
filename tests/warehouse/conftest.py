"""What tests of this folder share: a night that is exported, and an offline BigQuery."""

import pytest
from support.exported_night import exported_night
from support.offline_bigquery import offline_bigquery


@pytest.fixture(scope="session")
def bigquery():
    """A server that runs; datasets are the tests' own."""
    with offline_bigquery() as server:
        yield server


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    with exported_night(tmp_path_factory.mktemp("exported")) as night:
        yield night
