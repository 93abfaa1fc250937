"""Spark's Java starts from the archive of its classes where setup could make one."""

import subprocess
import tempfile

import pytest

from embedded.class_archive import spark_archive
from embedded.java import find_java
from embedded.paths import ProjectPaths
from spark.session import JAVA_OPTIONS


@pytest.fixture
def archive():
    paths = ProjectPaths.of_project()
    found = spark_archive(paths, find_java(paths))
    if not found.is_file():
        pytest.skip("this Java made no archive of classes: it has none of its own to stand upon")
    return found


def test_a_session_is_started_with_the_archive(spark, archive):
    options = spark.sparkContext.getConf().get("spark.driver.extraJavaOptions")
    assert f"-XX:SharedArchiveFile={archive}" in options


def test_java_has_its_temporary_files_where_python_has(spark):
    folder = spark._jvm.java.lang.System.getProperty("java.io.tmpdir")
    assert folder == tempfile.gettempdir()


@pytest.mark.parametrize(("jars", "is_good"), [("those of Spark", True), ("others", False)])
def test_java_takes_the_archive_with_the_jars_that_it_was_made_of(spark, archive, jars, is_good):
    beans = spark._jvm.java.lang.management.ManagementFactory
    class_path = beans.getRuntimeMXBean().getClassPath() if is_good else "others.jar"
    done = subprocess.run(
        [find_java().java, "-Xshare:on", f"-XX:SharedArchiveFile={archive}", "-cp", class_path,
         *JAVA_OPTIONS.split(), "-version"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode == 0) == is_good, done.stdout + done.stderr
