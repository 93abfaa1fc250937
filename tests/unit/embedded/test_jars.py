"""Jars: complete by manifest, checked against the repository's checksums."""

import json
import subprocess

import pytest

from election.errors import UserError
from embedded import jars
from embedded.java import JavaRuntime
from embedded.paths import ProjectPaths

WANTED = jars.JarSet("toy-1.0", (("org.toy", "toy", "1.0"),), beside_pyspark=False)


@pytest.fixture
def paths(tmp_path):
    return ProjectPaths(root=tmp_path, runtime=tmp_path / ".runtime", var=tmp_path / "var")


@pytest.fixture
def java(tmp_path):
    return JavaRuntime(home=tmp_path, version="17", source="test")


@pytest.fixture
def ivy(monkeypatch, tmp_path):
    """An Ivy that writes these files instead of downloading; counts its runs."""
    content = {"toy-1.0.jar": b"toy", "dependency-2.1.jar": b"dependency"}
    runs: list[list[str]] = []

    def run(command, **_):
        runs.append(command)
        folder = jars.Path(command[-1]).parent
        for name, data in content.items():
            (folder / name).write_bytes(data)
        return subprocess.CompletedProcess(command, 0 if content else 1, "UNRESOLVED toy", "")

    monkeypatch.setattr(jars.subprocess, "run", run)
    monkeypatch.setattr(jars, "CHECKSUMS", tmp_path / "checksums.json")
    (tmp_path / "known").mkdir()
    sums = {}
    for name, data in content.items():
        (tmp_path / "known" / name).write_bytes(data)
        sums[name] = jars.sha256(tmp_path / "known" / name)
    jars.CHECKSUMS.write_text(json.dumps({WANTED.name: sums}))
    return content, runs


def test_the_second_call_downloads_nothing(paths, java, ivy):
    first = jars.ensure(WANTED, paths, java)
    assert jars.ensure(WANTED, paths, java) == first
    assert len(ivy[1]) == 1
    assert not jars.problems(WANTED, paths)


def test_a_truncated_jar_is_resolved_again(paths, java, ivy):
    folder = jars.ensure(WANTED, paths, java)
    (folder / "toy-1.0.jar").write_bytes(b"t")
    jars.ensure(WANTED, paths, java)
    assert (folder / "toy-1.0.jar").read_bytes() == b"toy"


def test_a_jar_changed_in_place_is_found_by_its_checksum(paths, java, ivy):
    folder = jars.ensure(WANTED, paths, java)
    (folder / "toy-1.0.jar").write_bytes(b"yot")
    assert jars.is_complete(folder)  # same size: the cheap look does not see it
    assert not jars.is_complete(folder, deep=True)
    assert jars.problems(WANTED, paths) == ["toy-1.0.jar differs"]


def test_a_download_that_differs_from_the_repository_is_refused(paths, java, ivy):
    ivy[0]["toy-1.0.jar"] = b"evil"
    with pytest.raises(UserError, match=r"toy-1.0.jar differs"):
        jars.ensure(WANTED, paths, java)
    assert not (paths.jars / WANTED.name).exists()


def test_an_unexpected_jar_is_refused(paths, java, ivy):
    ivy[0]["extra-1.jar"] = b"extra"
    with pytest.raises(UserError, match=r"extra-1.jar is not expected"):
        jars.ensure(WANTED, paths, java)


def test_no_network_is_a_named_error_after_three_attempts(paths, java, ivy):
    ivy[0].clear()
    with pytest.raises(UserError, match="UNRESOLVED toy"):
        jars.ensure(WANTED, paths, java)
    assert len(ivy[1]) == 3


@pytest.mark.parametrize(
    ("jar", "name"),
    [
        ("kafka-clients-3.9.2.jar", "kafka-clients"),
        ("delta-spark_4.2_2.13-4.4.0.jar", "delta-spark_4.2_2.13"),
        ("spark-sql-kafka-0-10_2.13-4.2.0.jar", "spark-sql-kafka-0-10_2.13"),
        ("guava-33.4.8-jre.jar", "guava"),
        ("slf4j-api-2.0.17.jar", "slf4j-api"),
    ],
)
def test_a_jar_s_name_without_its_version(jar, name):
    assert jars.artifact(jar) == name


def test_the_repository_lists_the_jars_of_both_sets():
    counts = {wanted.name: len(jars.expected(wanted)) for wanted in jars.ALL}
    assert counts == {"kafka-4.2.0": 46, "spark-4.2.0": 14}


def test_spark_s_extras_hold_nothing_that_pyspark_brings():
    present = {jars.artifact(jar.name) for jar in jars.pyspark_jars().glob("*.jar")}
    assert not present & {jars.artifact(name) for name in jars.expected(jars.SPARK)}
