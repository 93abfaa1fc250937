"""docker-compose.yml as data, and its services as processes of this machine."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def compose() -> dict[str, Any]:
    """Return the file with its anchors merged and its variables as they stand."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def services() -> dict[str, dict[str, Any]]:
    """Return the services by name."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def environment_of(service: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return a service's environment, with variables from `given` or else their defaults."""
    declared = services()[service].get("environment", {})
    return {
        name: _VARIABLE.sub(lambda m: given.get(m[1]) or m[2], str(value))
        for name, value in declared.items()
    }


class Processes:
    """Services as processes: the same command and environment, other places.

    Args:
        folder: Where their output goes.
        places: What stands in the file, and what stands for it here.
        given: Variables of the file.
        machine: What an image brings: PATH, JAVA_HOME and the like.
    """

    def __init__(
        self,
        folder: Path,
        places: Mapping[str, str],
        given: Mapping[str, str],
        machine: Mapping[str, str],
    ) -> None:
        self._folder, self._given, self._machine = folder, given, machine
        self._places = dict(places)
        longest_first = sorted(map(re.escape, places), key=len, reverse=True)
        self._place = re.compile("|".join(longest_first))
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, service: str) -> None:
        """Start a service's command."""
        with self.log(service).open("ab") as log:
            self._running[service] = subprocess.Popen(
                self._here(services()[service]["command"]), env=self._environment(service),
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def run(self, service: str, seconds: float) -> int:
        """Run a one-shot to its end and return its exit code."""
        self.start(service)
        return self._running[service].wait(seconds)

    def is_healthy(self, service: str) -> bool:
        """Ask as the container's health check does; fails when the service has ended badly."""
        code = self._running[service].poll()
        assert not code, f"{service} ended with {code}: {self.said(service)}"
        how, *command = services()[service]["healthcheck"]["test"]
        assert how == "CMD"
        done = subprocess.run(
            self._here(command), env=self._environment(service), cwd=ROOT, capture_output=True,
            check=False,
        )  # fmt: skip
        return done.returncode == 0

    def wait(self, service: str, seconds: float) -> int:
        """Return the exit code of a service that ends by itself."""
        return self._running[service].wait(seconds)

    def log(self, service: str) -> Path:
        """The file with a service's output."""
        return self._folder / f"{service}.log"

    def said(self, service: str) -> str:
        """Return the end of a service's output."""
        return self.log(service).read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """End what still runs, the last one first."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                os.killpg(process.pid, 15)
        for process in self._running.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()

    def _environment(self, service: str) -> dict[str, str]:
        declared = environment_of(service, self._given)
        return {**self._machine, **{n: self._moved(v) for n, v in declared.items()}}

    def _here(self, command: list[str]) -> list[str]:
        return [self._moved(word) for word in command]

    def _moved(self, text: str) -> str:
        return self._place.sub(lambda found: self._places[found[0]], text)
