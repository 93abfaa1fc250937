"""`python -m ingestion`: land the night in raw (default), `once`, or `negative-control`."""

from __future__ import annotations

import argparse
import os
import sys

import psycopg

from election.errors import UserError
from election.settings import (
    BrokerSettings,
    NightSettings,
    PostgresSettings,
    StorageSettings,
    read_settings,
)
from election.stopping import StopRequest
from election.telemetry import configure_logging, get_logger
from generators.fault_rates import parse
from ingestion.destination import configure_dlt
from ingestion.landing import Settings, land
from ingestion.negative_control import spoil
from ingestion.settings import IngestionSettings


def main() -> int:
    """Run one command; 0 when stopped or done."""
    parser = argparse.ArgumentParser(prog="python -m ingestion", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        default="run",
        choices=("run", "once", "negative-control"),
        help="run: until SIGTERM; once: up to where the broker's logs end now; "
        "negative-control: spoil raw as FAULTS says (lose, alter)",
    )
    command = parser.parse_args().command
    configure_logging("ingestion")
    if command == "negative-control":
        return negative_control()
    configure_dlt()
    stopping = StopRequest.of_signals()
    settings = Settings(
        read_settings(NightSettings),
        read_settings(BrokerSettings),
        read_settings(PostgresSettings),
        read_settings(StorageSettings),
        read_settings(IngestionSettings),
    )
    land(settings, stopping, once=command == "once")
    return 0


def negative_control() -> int:
    """Spoil raw as FAULTS and SEED say."""
    rates = parse(os.environ.get("FAULTS", ""))
    postgres = read_settings(PostgresSettings)
    with psycopg.connect(
        **postgres.connect_arguments("loader"),  # type: ignore[arg-type]
        autocommit=True,
    ) as connection:
        lines = spoil(
            connection,
            read_settings(NightSettings).night_id,
            lose=rates.lose,
            alter=rates.alter,
            seed=int(os.environ.get("SEED") or 1),
        )
    for line in lines:
        get_logger().warning("negative control", spoiled=line)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as problem:
        sys.stderr.write("\n".join(problem.lines()) + "\n")
        sys.exit(problem.exit_code)
