"""A whole night through the real components, as `make demo` holds it, left up to be looked at."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from support.waiting import wait_until
from support.whole_night import environment_of, running_in

from bench.folders import open_folder
from embedded import attach
from embedded.paths import ProjectPaths

ADDRESS = re.compile(r"dashboard: (http://127\.0\.0\.1:\d+)")
STARTED_WITHIN_S = 240
STOPPED_WITHIN_S = 120
FAILED = "reconciliation FAIL"
STAYS_UP = "the dashboard stays up"


@dataclass
class RunningNight:
    """A night: its process, what it said, the dashboard's address, the marts as the reader."""

    folder: Path
    process: subprocess.Popen[bytes]
    log: Path
    url: str = ""
    connection: psycopg.Connection[Any] = field(init=False, repr=False)

    def said(self) -> str:
        """Return what the night has printed; fails if the night did."""
        text = self.log.read_text()
        assert self.process.poll() is None or STAYS_UP in text, text[-3000:]
        assert FAILED not in text, text[-3000:]
        return text

    def wait_for(self, query: str, *, seconds: float, what: str) -> Any:
        """Return a query's first true value, asked of the marts as the reader."""

        def answer() -> Any:
            self.said()
            found = self.connection.execute(query).fetchone()
            return found and found[0]

        return wait_until(answer, seconds=seconds, what=what, every=0.25)

    def ask(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """Return rows of the whole warehouse, as its administrator; `%(night)s` is the night."""
        environment = self.environment()
        with attach.connect(environment, "app") as admin:
            given = {"night": environment["NIGHT_ID"], **values}
            return admin.execute(query, given).fetchall()  # type: ignore[arg-type]

    def environment(self) -> dict[str, str]:
        """Return what the night's stages read."""
        return environment_of(self.folder)

    def pid_of(self, service: str) -> int:
        """Return the process of a service, once it runs."""
        return int(
            wait_until(
                lambda: running_in(self.folder).get(service), seconds=60, what=f"{service} runs"
            )  # type: ignore[arg-type]
        )

    @contextmanager
    def clock_held(self, moment: datetime | None = None) -> Iterator[None]:
        """Hold the election's clock while the block runs, at a moment or where it is.

        The clock is the generator's: it is stopped where it is, and its row, which all others
        read, says the moment. Afterwards it is killed; the one that is started in its place goes
        on from what was sent, and sets the clock anew.
        """
        pid, environment = self.pid_of("generator"), self.environment()
        os.kill(pid, signal.SIGSTOP)
        try:
            with attach.connect(environment, "app") as admin:
                admin.execute(
                    "update ops.election_clock set anchor_wall_at = now(), speed = 0,"
                    " anchor_election_at = coalesce(%s::timestamptz,"
                    " anchor_election_at + (now() - anchor_wall_at) * speed) where night_id = %s",
                    (moment, environment["NIGHT_ID"]),
                )
            yield
        finally:
            os.kill(pid, signal.SIGKILL)

    def stop(self) -> int:
        """Interrupt the night as Ctrl-C does; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOPPED_WITHIN_S)

    def processes_left(self) -> list[str]:
        """Return the names of the night's processes that are still there."""
        registry = json.loads((self.folder / "run" / "processes.json").read_text())
        entries = [registry["supervisor"], *registry["services"]]
        return [e["name"] for e in entries if e["pid"] and Path(f"/proc/{e['pid']}").exists()]


@contextmanager
def running_night(**settings: str) -> Iterator[RunningNight]:
    """Start a night, give it once its dashboard answers, end it."""
    with open_folder() as folder, (folder / "said.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", "--var", str(folder), "demo"],
            env={**os.environ, **settings, "KEEP": "1"},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        night = RunningNight(folder, process, folder / "said.log")
        try:
            address = wait_until(
                lambda: ADDRESS.search(night.said()),
                seconds=STARTED_WITHIN_S, what="the night says the dashboard's address",
            )  # fmt: skip
            night.url = address[1]
            environment = attach.running_environment(ProjectPaths.of_project(folder))
            assert environment, "the night's servers are not registered"
            with attach.connect(environment, "reader") as night.connection:
                yield night
        finally:
            night.stop()
