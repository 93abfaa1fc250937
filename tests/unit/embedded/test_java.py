"""Java: what is accepted, and the shim in front of the bundled runtime."""

import subprocess
from pathlib import Path

import pytest

from election.errors import UserError
from embedded import java
from embedded.java import find_java, major, parse_settings, shim_text
from embedded.paths import ProjectPaths

DEBIAN = """Property settings:
    java.class.version = 61.0
    java.home = /usr/lib/jvm/java-17-openjdk-amd64
    java.version = 17.0.15
    java.version.date = 2025-04-15

openjdk version "17.0.15" 2025-04-15
"""


@pytest.fixture
def paths(tmp_path):
    return ProjectPaths(root=tmp_path, runtime=tmp_path / ".runtime", var=tmp_path / "var")


def test_home_and_version_are_read_from_what_java_prints():
    assert parse_settings(DEBIAN) == (Path("/usr/lib/jvm/java-17-openjdk-amd64"), "17.0.15")


def test_other_output_is_no_java():
    assert parse_settings("Unable to locate a Java Runtime.") is None


@pytest.mark.parametrize(
    ("version", "expected"),
    [("17.0.15", 17), ("21", 21), ("21-ea", 21), ("1.8.0_392", 8), ("unknown", 0)],
)
def test_major_version(version, expected):
    assert major(version) == expected


def test_the_first_supported_java_wins_over_an_older_one(paths, monkeypatch):
    homes = {"/eleven": "11.0.2", "/twentyone": "21.0.4", "/seventeen": "17.0.1"}
    monkeypatch.setattr(java, "machine_candidates", lambda: [(h, Path(h)) for h in homes])
    monkeypatch.setattr(java, "probe", lambda program: (program, homes[str(program)]))
    found = find_java(paths)
    assert (found.home, found.version, found.source) == (Path("/twentyone"), "21.0.4", "/twentyone")


def test_without_java_and_network_the_error_says_what_was_tried(paths, monkeypatch):
    monkeypatch.setattr(java, "machine_candidates", lambda: [("PATH", Path("/eleven"))])
    monkeypatch.setattr(java, "probe", lambda program: (program, "11.0.2"))
    monkeypatch.setattr(java, "_bundled_program", lambda paths: None)
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="no route to host\n")
    monkeypatch.setattr(java.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(UserError) as raised:
        find_java(paths)
    assert "PATH (11.0.2)" in raised.value.why
    assert "no route to host" in raised.value.why
    assert "make setup" in raised.value.fix


def test_the_shim_drops_one_argument_and_keeps_the_rest(tmp_path):
    shim = tmp_path / "java"
    shim.write_text(shim_text(Path("/bin/echo")))
    command = ["bash", str(shim), "--add-modules=jdk.incubator.vector", "-Dname=a  b", "", "*"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == "-Dname=a  b  *\n"


def test_the_shim_finds_a_runtime_in_a_folder_with_a_space(tmp_path):
    program = tmp_path / "a folder" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o755)
    shim = tmp_path / "shim"
    shim.write_text(shim_text(program))
    done = subprocess.run(["bash", str(shim)], capture_output=True, text=True, check=True)
    assert done.stdout == "here\n"
