"""Rows of `make demo` as its user has it: memory, and how soon there is a number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.machine import Bench
from bench.processes import taken_by
from bench.row import Measured
from election.errors import UserError
from embedded import attach
from embedded.paths import ProjectPaths

SAMPLE_S = 1.0
WITHIN_S = 900.0
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


def _demo(is_enough: Callable[[subprocess.Popen[bytes], Path], bool]) -> None:
    """Run a demo on its default settings, until it ends or one has seen enough."""
    with tempfile.TemporaryDirectory(prefix="tallyhouse-bench-demo-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL refuses root and runs as another user
        with subprocess.Popen(
            [sys.executable, "-m", "embedded", "--var", name, "demo"],
            env={**os.environ, "KEEP": "0"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            deadline = time.monotonic() + WITHIN_S
            try:
                while process.poll() is None and not is_enough(process, folder):
                    if time.monotonic() > deadline:
                        raise TimeoutError("the demo does not end")
                    time.sleep(SAMPLE_S)
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
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
