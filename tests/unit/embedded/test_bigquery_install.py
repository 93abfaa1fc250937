"""Whether the offline BigQuery can run here, and why not."""

import os

import pytest

from election.errors import UserError
from embedded.bigquery import install
from embedded.paths import ProjectPaths


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / install.LOCK).write_text("duckdb==1.5.5\n")
    return ProjectPaths(root=tmp_path, runtime=tmp_path / ".runtime", var=tmp_path / "var")


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """A machine without any Python on its PATH or below pyenv."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(install, "VERSION", (3, 13))
    monkeypatch.setattr(install.sys, "version_info", (3, 11, 7))


def program(place, text):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)


def test_a_machine_without_python_3_13_says_so(paths, bare_machine):
    assert "needs python3.13, and none answers" in install.absent(paths)
    with pytest.raises(UserError, match=r"needs python3\.13"):
        install.install(paths)


def test_a_shim_that_does_not_answer_is_passed_over(paths, bare_machine, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    program(tmp_path / "python3.13", "exit 127")
    real = tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python3.13"
    program(real, "echo Python 3.13.0")
    assert install.find_python() == real
    assert install.absent(paths) == "the offline BigQuery is not installed: make bigquery"


def test_another_lock_is_another_installation(paths):
    lock = paths.root / "requirements" / install.LOCK
    wanted = install.Installation.of(paths)
    wanted.folder.mkdir(parents=True)
    (wanted.folder / install.READY).write_bytes(lock.read_bytes())
    assert install.absent(paths) is None
    lock.write_text("duckdb==1.5.6\n")
    assert not wanted.is_current(lock)
