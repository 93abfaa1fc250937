"""One local Spark session for all tests of this folder; no broker, no PostgreSQL."""

import pytest
from support.bronze_log import POLLING_DATE
from support.spark_session import local_session

from spark.blocks.rules import NightRules


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    with local_session(tmp_path_factory.mktemp("lake")) as session:
        yield session


@pytest.fixture(scope="session")
def rules():
    return NightRules.of("parl.2017-06-08", POLLING_DATE)
