"""Rows of `make demo` as its user has it: memory, and how soon there is a number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.folders import open_folder
from bench.machine import Bench
from bench.processes import taken_by
from bench.row import Measured
from election.errors import UserError
from embedded import attach
from embedded.paths import PROJECT_ROOT, ProjectPaths

SAMPLE_S = 1.0
WITHIN_S = 900.0
# make tells its children how it was called; what an install is given by hand is no fresh machine's.
_OF_MAKE_AND_CACHES = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "UV_CACHE_DIR", "VIRTUAL_ENV", "ROW")
_FIRST = """
select coalesce(sum(ballots_issued), 0) from marts.polling_station_turnout
"""


def memory(_: Bench) -> Measured:
    """Give the most memory that a whole default night takes: proportional set size, GB."""
    most, of_stage = 0.0, {}

    def look(process: subprocess.Popen[bytes], _folder: Path) -> bool:
        nonlocal most, of_stage
        now = _pss_gb(process.pid)
        if sum(now.values()) > most:
            most, of_stage = sum(now.values()), now
        return False

    _demo(look)
    return Measured(most, None, {name: round(gb, 2) for name, gb in of_stage.items()})


def first_number(_: Bench) -> Measured:
    """Give the seconds from `make demo` to the first ballots in the marts, on a warm machine."""
    began, seen_after = time.monotonic(), 0.0

    def look(_process: subprocess.Popen[bytes], folder: Path) -> bool:
        nonlocal seen_after
        seen_after = time.monotonic() - began
        return _is_counted(folder)

    _demo(look)
    return Measured(seen_after)


def first_number_cold(_: Bench) -> Measured:
    """Give the same from a fresh clone, with no package that an earlier install has kept."""
    with open_folder() as folder:
        clone = folder / "tallyhouse"
        subprocess.run(["git", "clone", "--quiet", str(PROJECT_ROOT), str(clone)], check=True)
        clone.chmod(0o755)  # PostgreSQL refuses root and runs as another user
        environment = {k: v for k, v in os.environ.items() if k not in _OF_MAKE_AND_CACHES}
        began = time.monotonic()
        with _running(
            ["make", "demo"],
            cwd=clone, env={**environment, "KEEP": "0", "PIP_NO_CACHE_DIR": "1"},
        ) as process:  # fmt: skip
            _wait(process, lambda: _is_counted(clone / "var"))
            return Measured(time.monotonic() - began)


def _demo(is_enough: Callable[[subprocess.Popen[bytes], Path], bool]) -> None:
    """Run a demo on its default settings, until it ends or one has seen enough."""
    with open_folder() as folder:
        command = [sys.executable, "-m", "embedded", "--var", str(folder), "demo"]
        with _running(command, env={**os.environ, "KEEP": "0"}) as process:
            _wait(process, lambda: is_enough(process, folder))


def _wait(process: subprocess.Popen[bytes], is_enough: Callable[[], bool]) -> None:
    """Return once one has seen enough, or the night is over.

    Raises:
        TimeoutError: neither comes.
    """
    deadline = time.monotonic() + WITHIN_S
    while process.poll() is None and not is_enough():
        if time.monotonic() > deadline:
            raise TimeoutError("the demo does not end")
        time.sleep(SAMPLE_S)


@contextmanager
def _running(command: list[str], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Start a demo; end it with the block, as Ctrl-C would."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, **how,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(120)


def _is_counted(folder: Path) -> bool:
    try:
        machine = attach.running_environment(ProjectPaths.of_project(folder))
        if machine is None:
            return False
        with attach.connect(machine, "reader") as reader:
            row = reader.execute(_FIRST).fetchone()
    except (UserError, psycopg.Error, OSError):
        return False
    return bool(row and row[0])


def _pss_gb(pid: int) -> dict[str, float]:
    """Return GB by program of a process and everything that it started."""
    found: dict[str, float] = {}
    for one in taken_by(pid):
        found[one.program] = found.get(one.program, 0.0) + one.pss / 1e9
    return found
