"""The machine as a command finds it: already running in this folder, or started for the command."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from election.settings import PostgresSettings
from embedded import stages
from embedded.java import find_java
from embedded.machine import Machine, environment_of
from embedded.night import Night, find
from embedded.passwords import Passwords
from embedded.paths import PROJECT_ROOT, ProjectPaths
from embedded.processes import Registry

INTERRUPTED_EXIT = 130


def running_environment(paths: ProjectPaths) -> dict[str, str] | None:
    """Return what stages read of the machine that runs in this folder; None if none does."""
    registry = Registry.read(paths.run / "processes.json")
    ports = {e.name: e.port for e in registry.services if e.running} if registry else {}
    kafka, postgres = ports.get("kafka"), ports.get("postgres")
    if not kafka or not postgres:
        return None
    return environment_of(
        paths, find_java(paths), Passwords.read(paths.secrets), kafka=kafka, postgres=postgres
    )


@contextmanager
def machine_environment(
    paths: ProjectPaths, base: Path | None, say: Callable[[str], None]
) -> Iterator[dict[str, str]]:
    """Give the environment of the running machine, or of one that lives as long as the block."""
    if environment := running_environment(paths):
        yield environment
        return
    machine = Machine(base, say=say)
    with machine.supervisor.signals(), machine:
        yield machine.environment()


def connect(environment: dict[str, str], role: str) -> psycopg.Connection[Any]:
    """Connect to the machine's PostgreSQL."""
    settings = PostgresSettings.model_validate(environment)
    return psycopg.connect(**settings.connect_arguments(role), autocommit=True)  # type: ignore[arg-type]


def night_environment(environment: dict[str, str]) -> tuple[Night, dict[str, str]]:
    """Return the current night, and what its stages read.

    Raises:
        UserError: there was no night here yet.
    """
    with connect(environment, "app") as admin:
        night = find(admin, resumable=False)
    return night, {**environment, **night.environment()}


def run_in_foreground(stage: str, everything: dict[str, str], command: tuple[str, ...]) -> int:
    """Run a command of a stage on this terminal and return its exit code.

    Ctrl-C and SIGTERM end the command first, so that it is not left behind.
    """
    asked: list[int] = []
    with subprocess.Popen(
        command, env=stages.process_environment(stage, everything), cwd=PROJECT_ROOT
    ) as process:

        def end(signum: int, frame: object) -> None:
            asked.append(signum)
            process.terminate()

        before = {s: signal.signal(s, end) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            code = process.wait()
        finally:
            for signum, handler in before.items():
                signal.signal(signum, handler)
    return INTERRUPTED_EXIT if asked else code
