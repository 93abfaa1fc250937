"""`make demo` as a process of a test: watched from outside, interrupted, and looked for after."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from support.waiting import wait_until

from election.clock import UK
from embedded import attach
from embedded.paths import ProjectPaths
from embedded.processes import Entry, Registry

START_WITHIN_S = 900
END_WITHIN_S = 900
STOP_WITHIN_S = 120


def running_in(folder: Path) -> dict[str, int]:
    """Return the processes of the services that run in a folder, by name."""
    registry = Registry.read(folder / "run" / "processes.json")
    services = registry.services if registry else []
    return {e.name: e.pid for e in services if e.running and e.pid is not None}


def environment_of(folder: Path) -> dict[str, str]:
    """Return what stages of the night that runs in a folder read."""
    machine = attach.running_environment(ProjectPaths.of_project(folder))
    assert machine is not None, f"no servers run in {folder}"
    return attach.night_environment(machine)[1]


class WholeNight:
    """One night's folder; `start` runs the command on it, again and again if asked."""

    def __init__(
        self, folder: Path, *, command: tuple[str, ...] = ("embedded", "demo"), **settings: str
    ) -> None:
        folder.mkdir(exist_ok=True)
        self._command = command
        self.folder = folder
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder.parent / f"{folder.name}.log"
        for place in (folder, *folder.parents[:3]):
            place.chmod(place.stat().st_mode | 0o001)  # PostgreSQL refuses root: let it enter

    def start(self, **settings: str) -> None:
        """Run the command in the background."""
        environment = {**os.environ, **self._settings, **settings}
        module, *words = self._command
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, "--var", str(self.folder), *words],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The command of the last start."""
        assert self._process is not None
        return self._process

    @property
    def said(self) -> str:
        """What the command of the last start has printed."""
        return self._log.read_text(errors="replace")

    def wait_said(self, words: str, *, seconds: float = START_WITHIN_S) -> None:
        """Return when the command has printed some words."""
        self._wait(lambda: words in self.said, seconds, f"it says {words!r}")

    def wait_clock(self, moment: datetime, *, seconds: float = START_WITHIN_S) -> None:
        """Return when the generator runs and the election's clock has passed a moment."""

        def has_passed() -> bool:
            at = self._election_at()
            return at is not None and at >= moment

        self._wait(has_passed, seconds, f"it is {moment.astimezone(UK)}")

    def _wait(self, condition: Any, seconds: float, what: str) -> None:
        def met() -> bool:
            if condition():
                return True
            assert self.process.poll() is None, f"it ended before {what}:\n{self.said}"
            return False

        wait_until(met, seconds=seconds, what=f"{what}:\n{self.said[-3000:]}")

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_WITHIN_S)

    def wait_end(self) -> int:
        """Return the exit code of a command that ends by itself."""
        return self.process.wait(END_WITHIN_S)

    def kill(self) -> None:
        """End it whatever happens; its watchdog ends the rest."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            wait_until(lambda: not self.left_over(), seconds=90, what="the watchdog ends the rest")

    def pid_of(self, service: str) -> int:
        """Return the process of a service that runs."""
        return wait_until(lambda: self.running().get(service), seconds=60, what=f"{service} runs")  # type: ignore[return-value]

    def kill_and_wait(self, service: str) -> None:
        """SIGKILL a service and return when the supervisor has started it again."""
        before = self.pid_of(service)
        os.kill(before, signal.SIGKILL)
        wait_until(
            lambda: self.running().get(service, before) != before,
            seconds=60, what=f"{service} is started again",
        )  # fmt: skip

    def end(self, service: str, *, gently: bool) -> signal.Signals:
        """End a service as its supervisor would, or with SIGKILL; return the signal."""
        [entry] = [e for e in self._entries() if e.name == service]
        assert entry.pid is not None
        how = signal.Signals(entry.stop_signal) if gently else signal.SIGKILL
        os.kill(entry.pid, how)
        return how

    def running(self) -> dict[str, int]:
        """Return the processes of the services that run, by name."""
        return running_in(self.folder)

    def _entries(self) -> list[Entry]:
        registry = Registry.read(self.folder / "run" / "processes.json")
        return registry.services if registry else []

    def last_words(self, characters: int = 1500) -> list[str]:
        """Return the ends of what the command said and of every log: what broke it off."""
        said = [f"it said: {self.said[-characters:]}"]
        for log in sorted((self.folder / "logs").glob("*.log")):
            said.append(f"{log.name}: {log.read_text(errors='replace')[-characters:]}")
        return said

    def left_over(self) -> list[str]:
        """Return the command lines of live processes that work in this folder."""
        mark = os.fsencode(self.folder)
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                words = (place / "cmdline").read_bytes()
                knows = mark in words or mark in (place / "environ").read_bytes()
            except OSError:
                continue
            if knows and words and int(place.name) != os.getpid():
                found.append(words.replace(b"\0", b" ").decode(errors="replace")[:200])
        return found

    def summary(self) -> dict[str, Any]:
        """Return `summary.json`."""
        content: dict[str, Any] = json.loads((self.folder / "summary.json").read_text())
        return content

    def environment(self) -> dict[str, str]:
        """Return what stages of the running night read."""
        return environment_of(self.folder)

    def rows(self, query: str, role: str = "app") -> list[tuple[Any, ...]]:
        """Return rows of the warehouse while the machine is up; `%(night)s` is the night."""
        environment = self.environment()
        with attach.connect(environment, role) as connection:
            return connection.execute(query, {"night": environment["NIGHT_ID"]}).fetchall()  # type: ignore[arg-type]

    def _election_at(self) -> datetime | None:
        if "generator" not in self.running():
            return None
        with suppress(psycopg.OperationalError):  # the database may just have been killed
            return self._asked_election_at()
        return None

    def _asked_election_at(self) -> datetime | None:
        found = self.rows(
            """select anchor_election_at + (now() - anchor_wall_at) * speed
               from ops.election_clock where night_id = %(night)s and speed > 0"""
        )
        return found[0][0] if found else None
