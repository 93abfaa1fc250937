"""Bring the offline BigQuery into `.runtime`, from its lock; it runs on Python 3.13 alone."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from election.errors import UserError
from embedded.paths import ProjectPaths

LOG = logging.getLogger(__name__)
VERSION = (3, 13)
PYTHON = f"python{VERSION[0]}.{VERSION[1]}"
LOCK = "bigquery-offline.txt"
READY = ".ready"
ANSWER_WITHIN_S = 30
EXTENSIONS = ("icu", "ducklake", "spatial")
# DuckDB would fetch its extensions; the packages that carry them are copied to where it looks.
_WHERE = "import duckdb; print(duckdb.sql('pragma platform').fetchone()[0], duckdb.__version__)"


@dataclass(frozen=True)
class Installation:
    """Where the offline BigQuery is."""

    folder: Path

    @classmethod
    def of(cls, paths: ProjectPaths) -> Installation:
        """Return the project's own, which may not be there yet."""
        return cls(paths.runtime / "bigquery")

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def home(self) -> Path:
        """The home that it runs with: DuckDB's extensions are below."""
        return self.folder / "home"

    def is_current(self, lock: Path) -> bool:
        """Say whether it was made from this lock, in full."""
        ready = self.folder / READY
        return ready.is_file() and ready.read_bytes() == lock.read_bytes()


def absent(paths: ProjectPaths | None = None) -> str | None:
    """Return why tests against BigQuery cannot run here; None if they can."""
    paths = paths or ProjectPaths.of_project()
    if Installation.of(paths).is_current(_lock(paths)):
        return None
    if find_python() is None:
        return f"the offline BigQuery needs {PYTHON}, and none answers here"
    return "the offline BigQuery is not installed: make bigquery"


def install(paths: ProjectPaths) -> Installation:
    """Return the offline BigQuery; the first call installs it, with its hashes.

    Raises:
        UserError: there is no Python 3.13, or the package index does not answer.
    """
    wanted, lock = Installation.of(paths), _lock(paths)
    if wanted.is_current(lock):
        return wanted
    python = find_python()
    if python is None:
        raise UserError(
            "the offline BigQuery cannot be installed",
            why=f"it needs {PYTHON}, and none answers on the PATH or below pyenv's versions",
            fix=f"install {PYTHON}; everything else works without, its tests are skipped",
        )
    shutil.rmtree(wanted.folder, ignore_errors=True)
    wanted.folder.mkdir(parents=True)
    LOG.info("installing the offline BigQuery (about a minute)")
    _run([str(python), "-m", "venv", str(wanted.folder / "venv")])
    _run([*_installer(wanted), "--quiet", "--require-hashes", "-r", str(lock)])
    _copy_extensions(wanted)
    shutil.copyfile(lock, wanted.folder / READY)
    return wanted


def find_python() -> Path | None:
    """Return a Python 3.13 that answers its version; a shim on the PATH may not."""
    for program in _candidates():
        try:
            done = subprocess.run(
                [str(program), "--version"], capture_output=True, text=True,
                timeout=ANSWER_WITHIN_S, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and done.stdout.startswith(f"Python {VERSION[0]}.{VERSION[1]}."):
            return program
    return None


def _candidates() -> Iterator[Path]:
    if sys.version_info[:2] == VERSION:
        yield Path(sys.executable)
    if on_path := shutil.which(PYTHON):
        yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{VERSION[0]}.{VERSION[1]}*/bin/{PYTHON}"))


def _lock(paths: ProjectPaths) -> Path:
    return paths.root / "requirements" / LOCK


def _installer(wanted: Installation) -> list[str]:
    uv = Path(sys.executable).parent / "uv"
    if uv.is_file():
        return [str(uv), "pip", "install", "--python", str(wanted.python)]
    return [str(wanted.python), "-m", "pip", "install", "--disable-pip-version-check"]


def _copy_extensions(wanted: Installation) -> None:
    platform, version = _run([str(wanted.python), "-c", _WHERE]).split()
    target = wanted.home / ".duckdb" / "extensions" / f"v{version}" / platform
    target.mkdir(parents=True)
    packages = next((wanted.folder / "venv" / "lib").glob("python*")) / "site-packages"
    for name in EXTENSIONS:
        for file in (packages / f"duckdb_extension_{name}").rglob("*.duckdb_extension"):
            shutil.copyfile(file, target / file.name)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UserError(
            "the offline BigQuery could not be installed",
            why=said[-1] if said else f"{command[0]} ended with {done.returncode}",
            fix="see that the network or package mirror is there, then `make bigquery` again",
        )
    return done.stdout
