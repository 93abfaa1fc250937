"""One local Spark session for all tests of this folder; no broker, no PostgreSQL."""

import os

import pytest
from support.bronze_log import POLLING_DATE

from election.errors import UserError
from election.settings import LakeSettings
from embedded.jars import spark_jars
from embedded.java import find_java
from embedded.paths import ProjectPaths
from spark.blocks.rules import NightRules
from spark.session import open_session


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    paths = ProjectPaths.of_project()
    try:
        java = find_java(paths)
        jars = spark_jars(paths, java)
    except UserError as error:
        pytest.skip(f"Spark cannot start here: {error.what}; run make setup")
    os.environ["JAVA_HOME"] = str(java.home)
    settings = LakeSettings(
        LAKE_PATH=str(tmp_path_factory.mktemp("lake")), SPARK_JARS=",".join(map(str, jars)),
        SPARK_DRIVER_MEMORY="1g",
    )  # fmt: skip
    # Each query runs a few times only: what the second compiler makes of it would not pay.
    quick = {"spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"}
    session = open_session(settings, "tests", **quick)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def rules():
    return NightRules.of("parl.2017-06-08", POLLING_DATE)
