"""One local Spark session for the tests of a module or a whole folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

from election.errors import UserError
from election.settings import LakeSettings
from embedded.class_archive import spark_archive
from embedded.jars import SPARK, SPARK_OLDEST, spark_jars
from embedded.java import find_java
from embedded.paths import ProjectPaths
from spark.session import open_session

# By the Spark that runs the tests: the pinned one, or `make spark40`'s.
JARS = {jars.name.removeprefix("spark-"): jars for jars in (SPARK, SPARK_OLDEST)}


@contextmanager
def local_session(lake: Path) -> Iterator[SparkSession]:
    """Open a session, stop it at the end; skips the test where Spark cannot start."""
    paths = ProjectPaths.of_project()
    try:
        java = find_java(paths)
        wanted = JARS[pyspark.__version__]
        jars = spark_jars(paths, java, wanted)
        archive = spark_archive(paths, java)
    except UserError as error:
        pytest.skip(f"Spark cannot start here: {error.what}; run make setup")
    os.environ["JAVA_HOME"] = str(java.home)
    settings = LakeSettings(
        LAKE_PATH=str(lake), SPARK_JARS=",".join(map(str, jars)), SPARK_DRIVER_MEMORY="1g",
        # The archive is of the pinned Spark's classes.
        SPARK_CLASS_ARCHIVE=str(archive) if wanted is SPARK and archive.is_file() else "",
    )  # fmt: skip
    session = open_session(settings, "tests")
    try:
        yield session
    finally:
        session.stop()
