"""The stages of a night as services: their commands, health and the one password each needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.error import URLError
from urllib.request import urlopen

from election.errors import UserError
from embedded.paths import PROJECT_ROOT
from embedded.ports import HeldPort, PortBook
from embedded.service import Service

DASHBOARD_PORT, RESULTS_PORT = 8501, 8502
ORDINARY_PORTS = range(1024, 65_536)
SERVERS = ("kafka", "postgres")
# Spark counts in seconds, raw and dbt (by itself) in minutes: where cores are short, they give way.
AFTER_THE_LIVE_COUNT = ("nice", "-n", "5")
READY_WITHIN_S = 600  # a busy machine is slow, not broken: what has died is known at once

FAILURES = 8  # in a row, within about a minute: it would only repeat itself

# What each stage may know; every other password is withheld from its environment.
PASSWORD_OF_STAGE = {
    "generator": "POSTGRES_LOADER_PASSWORD",
    "ingestion": "POSTGRES_LOADER_PASSWORD",
    "spark": "POSTGRES_LOADER_PASSWORD",
    "dbt": "POSTGRES_TRANSFORM_PASSWORD",
    "dashboard": "POSTGRES_READER_PASSWORD",
    "exports": "POSTGRES_READER_PASSWORD",
}
_SECRETS = {*PASSWORD_OF_STAGE.values(), "POSTGRES_ADMIN_PASSWORD", "REGISTER_SECRET"}


def environment_of(stage: str, everything: Mapping[str, str]) -> dict[str, str]:
    """Return a stage's environment: all settings, but only the secrets it works with."""
    allowed = {PASSWORD_OF_STAGE[stage]} | ({"REGISTER_SECRET"} if stage == "generator" else set())
    return {k: v for k, v in everything.items() if k not in _SECRETS - allowed}


def process_environment(stage: str, everything: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a stage's process: this process's, and the stage's."""
    return {**os.environ, **environment_of(stage, everything)}


def python(*arguments: str) -> tuple[str, ...]:
    """Return a command of this project's own interpreter."""
    return (sys.executable, *arguments)


def counting_stages(
    everything: Mapping[str, str], state_of: Callable[[str], str | None]
) -> tuple[Service, ...]:
    """Return Spark and ingestion; healthy once they say so in `ops.stage_status`."""
    return (
        Service(
            "spark",
            python("-m", "spark"),
            environment_of("spark", everything),
            needs=SERVERS,
            healthy=_is_up("spark", state_of),
            ready_within_seconds=READY_WITHIN_S,
            stop_grace_seconds=30,
            cwd=str(PROJECT_ROOT),
        ),
        Service(
            "ingestion",
            python("-m", "ingestion"),
            environment_of("ingestion", everything),
            needs=SERVERS,
            healthy=_is_up("ingestion", state_of),
            ready_within_seconds=READY_WITHIN_S,
            stop_grace_seconds=30,
            wrapper=AFTER_THE_LIVE_COUNT,
            cwd=str(PROJECT_ROOT),
        ),
    )


def _is_up(stage: str, state_of: Callable[[str], str | None]) -> Callable[[], bool]:
    return lambda: state_of(stage) in ("ready", "running", "done")


def generator(everything: Mapping[str, str]) -> Service:
    """Return the generator: started again if it dies, done when all is acknowledged.

    Its register is sent while the others start, as the poll waits for them; where nothing waits,
    the night would be over before they look.
    """
    waits = everything["SPEED"] != "max"
    return Service(
        "generator",
        python("-m", "generators"),
        environment_of("generator", everything),
        needs=SERVERS if waits else ("spark", "ingestion"),
        restart="on-failure",
        max_failures=FAILURES,
        cwd=str(PROJECT_ROOT),
    )


def dbt(everything: Mapping[str, str], state_of: Callable[[str], str | None]) -> Service:
    """Return dbt for a whole night: healthy once there are marts to be shown."""
    return Service(
        "dbt",
        python("-m", "transform", "night"),
        environment_of("dbt", everything),
        needs=("postgres",),
        healthy=_is_up("dbt", state_of),
        ready_within_seconds=READY_WITHIN_S,
        max_failures=FAILURES,
        stop_grace_seconds=60,
        cwd=str(PROJECT_ROOT),
    )


def result_files(everything: Mapping[str, str]) -> Service:
    """Return what keeps the result files for people who poll."""
    return Service(
        "results",
        python("-m", "exports", "keep"),
        environment_of("exports", everything),
        needs=("dbt",),
        wrapper=AFTER_THE_LIVE_COUNT,
        cwd=str(PROJECT_ROOT),
    )


def dashboard_port(book: PortBook, asked_for: str | None) -> int:
    """Return where the dashboard is served; `asked_for` is DASHBOARD_PORT.

    Raises:
        UserError: it is no port that a person may take.
    """
    return _port(book, "dashboard", DASHBOARD_PORT, asked_for)


def results_port(book: PortBook, asked_for: str | None) -> int:
    """Return where the result files are served; `asked_for` is RESULTS_PORT.

    Raises:
        UserError: it is no port that a person may take.
    """
    return _port(book, "results", RESULTS_PORT, asked_for)


def _port(book: PortBook, name: str, preferred: int, asked_for: str | None) -> int:
    if not asked_for:
        return book.choose(name, preferred)
    if not asked_for.isdecimal() or int(asked_for) not in ORDINARY_PORTS:
        variable = f"{name.upper()}_PORT"
        raise UserError(
            f"{variable}={asked_for} cannot be used",
            why=f"a port is a number from {ORDINARY_PORTS.start} to {ORDINARY_PORTS.stop - 1}",
            fix=f"write {variable}={preferred}, or leave it out",
        )
    return book.choose(name, preferred, asked_for=int(asked_for))


def dashboard(everything: Mapping[str, str], port: int) -> Service:
    """Return the Streamlit server on 127.0.0.1."""
    return Service(
        "dashboard",
        python(
            "-m", "streamlit", "run", "dashboard/app.py",
            "--server.address", "127.0.0.1", "--server.port", str(port),
            "--server.headless", "true", "--browser.gatherUsageStats", "false",
            "--server.fileWatcherType", "none",
        ),
        environment_of("dashboard", everything),
        needs=("postgres",),
        healthy=lambda: answers(port),
        ready_within_seconds=READY_WITHIN_S,
        port=port,
        cwd=str(PROJECT_ROOT),
    )  # fmt: skip


def dashboard_of_a_night(everything: Mapping[str, str], port: int) -> Service:
    """Return the dashboard that starts once there is something to show.

    Until then its port is held: a demo beside, begun in the same minute, takes another one.
    """
    return replace(dashboard(everything, port), needs=("dbt",), prepare=HeldPort(port).release)


def answers(port: int) -> bool:
    """Say whether the dashboard's server answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False
