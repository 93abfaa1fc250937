"""What tests of this folder share: warehouses, and a night that is exported."""

import pytest
from support.exported_night import exported_night
from support.offline_bigquery import offline_bigquery
from support.warehouse import throwaway_warehouse


@pytest.fixture(scope="module")
def warehouse():
    """PostgreSQL, laid out and empty; a file may have one that has a night."""
    with throwaway_warehouse() as up:
        yield up


@pytest.fixture(scope="session")
def bigquery():
    """A server that runs; datasets are the tests' own."""
    with offline_bigquery() as server:
        yield server


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    with exported_night(tmp_path_factory.mktemp("exported")) as night:
        yield night
