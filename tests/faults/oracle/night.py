"""One night to look at: where its broker, its warehouse and its lake are, and its hours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from .bigquery import Datasets
from .judging import Hours

PROJECT = Path(__file__).resolve().parents[3]
_NIGHT = """
select night_id, topic_prefix, opens_at, closes_at, status, settings from ops.nights
where night_id = %(night)s or (%(night)s::text is null and is_current)
"""


class NotReadyError(Exception):
    """There is nothing to look at; says what to do."""


@dataclass(frozen=True)
class Night:
    """A night as `ops.nights` has it."""

    night_id: str
    topic_prefix: str
    hours: Hours
    status: str
    lake: str
    repeats_messages: bool = True
    """FAULTS plans repeats, whose bytes may be those of their originals."""
    datasets: Datasets | None = None
    """Where raw, live tables and marts are; None: in PostgreSQL, as `ops` always is."""


def connect(environment: Mapping[str, str]) -> psycopg.Connection[Any]:
    """Connect to the warehouse as its owner: the oracle looks at every schema."""
    return psycopg.connect(
        host=environment["POSTGRES_HOST"], port=environment["POSTGRES_PORT"],
        dbname=environment["POSTGRES_DATABASE"], user="app",
        password=environment["POSTGRES_ADMIN_PASSWORD"], autocommit=True,
    )  # fmt: skip


def find(connection: psycopg.Connection[Any], environment: Mapping[str, str]) -> Night:
    """Return the night that the environment names, else the current one.

    Raises:
        NotReadyError: there is none.
    """
    values = {"night": environment.get("NIGHT_ID")}
    row = connection.execute(_NIGHT, values).fetchone()
    if row is None:
        raise NotReadyError("there is no such night; run make demo")
    night_id, prefix, opens_at, closes_at, status, settings = row
    is_bigquery = settings.get("STORAGE_PREFERENCE") == "GCP"
    lake = environment.get("LAKE_PATH") or settings.get("LAKE_PATH")
    return Night(
        night_id, prefix, Hours(opens_at, closes_at), status,
        lake or str(PROJECT / settings["folder"] / "lake"),
        repeats_messages=settings.get("FAULTS") != "none",
        datasets=Datasets.of(settings) if is_bigquery else None,
    )  # fmt: skip


def environment_of(var: Path) -> dict[str, str]:
    """Return the endpoints of the machine that runs in a folder, as its stages read them.

    Raises:
        NotReadyError: none runs there.
    """
    try:
        services = json.loads((var / "run" / "processes.json").read_text())["services"]
        password = json.loads((var / "secrets.json").read_text())["postgres"]["admin"]
    except (OSError, ValueError, KeyError):
        raise NotReadyError(f"no machine runs in {var}; run make start, or make demo") from None
    ports = {s["name"]: s["port"] for s in services if s["state"] == "ready"}
    if not {"kafka", "postgres"} <= ports.keys():
        raise NotReadyError(f"broker and PostgreSQL do not run in {var}; run make start")
    return {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{ports['kafka']}",
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(ports["postgres"]),
        "POSTGRES_DATABASE": "tallyhouse",
        "POSTGRES_ADMIN_PASSWORD": password,
    }
