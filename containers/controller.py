"""`python -m containers.controller prepare | close | status`: a night's beginning and end.

`prepare` makes what the stages need and none of them makes: roles, tables, the night's row, its
topics, who may use them, and the file that tells the stages which night it is. `close` waits until
all is produced, landed and counted, lets dbt count in full, and prints the verdict. `status` shows
how far each hop is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
from rich.console import Console

from containers import access, night_file
from containers.settings import ControllerSettings, refuse_bigquery
from election.errors import UserError
from election.settings import (
    BrokerSettings,
    GeneratorSettings,
    PostgresSettings,
    StorageSettings,
    read_settings,
)
from election.telemetry import configure_logging
from embedded import hops, progress, roles, summary
from embedded import night as nights
from embedded.full_count import FullCount
from embedded.night import Night
from embedded.passwords import Passwords
from generators import fault_rates, pacing
from generators.register import fetch_register
from generators.start import contest_of
from generators.topics_admin import create_topics, read_end_offsets
from warehouse.marts import PostgresMarts
from warehouse.postgres import Postgres

POLL_S = 2.0
SAY_EVERY_S = 30.0
CURRENT = "current"  # beside the nights' folders: the newest one, wherever it is


def main() -> int:
    """Run one command; 0 done and exact, 1 done and not, 2 user error."""
    parser = argparse.ArgumentParser(
        prog="python -m containers.controller",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("prepare", "close", "status"))
    command = parser.parse_args().command
    configure_logging("controller")
    try:
        return {"prepare": prepare, "close": close, "status": status}[command](_say)
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return error.exit_code


def prepare(say: Callable[[str], None]) -> int:
    """Make everything that stages find when they start; harmless to repeat."""
    refuse_bigquery(read_settings(StorageSettings))
    settings = read_settings(ControllerSettings)
    postgres, broker = read_settings(PostgresSettings), read_settings(BrokerSettings)
    with _connect(postgres, "app") as admin:
        roles.make_roles(admin, postgres.database, _passwords(postgres))
        nights.lay_out_warehouse(admin)
        night = None if settings.night == "new" else _newest(admin)
        if night is None:
            night = _begin(admin, settings, say)
        else:
            say(f"night {night.night_id} stays, with its own settings; NIGHT=new begins another")
    topics = broker.model_copy(update={"topic_prefix": night.topic_prefix})
    create_topics(topics)
    access.grant(topics, read_settings(access.BrokerPasswords))
    environment = night.environment()  # makes the register's secret
    _point(settings, night)
    night_file.write(settings.tonight, environment)
    say(f"night {night.night_id} is set up")
    return 0


def close(say: Callable[[str], None]) -> int:
    """Wait for the end of the night and print what it came to."""
    postgres = read_settings(PostgresSettings)
    with closing(Postgres(postgres, "loader", then="start the controller again")) as ops:
        night = ops.run(partial(nights.find, resumable=False))
        options = nights.options_of(night)
        contest = contest_of(options)
        name = night.night_id
        if ops.run(partial(_status, night_id=name)) != "complete":
            _wait_counted(ops, night, contest.seats.height, say)
            say("all is counted; dbt counts once more in full, with every test")
            _wait(FullCount.ask(ops, name, _ends).is_there)
            ops.run(partial(nights.set_status, night_id=name, status="complete"))
        result = summary.read(
            ops,
            PostgresMarts(lambda: _connect(postgres, "reader")),
            night,
            options,
            status="complete",
            seats_adjusted=contest.seats_adjusted,
            duration_s=ops.run(partial(_duration_s, night_id=name)),
        )
    result.write(night.folder / "summary.json")
    summary.show(result, summary.official_counts(contest), Console(width=120))
    return 0 if result.reconciliation == "pass" else 1


def status(say: Callable[[str], None]) -> int:
    """Show each hop of the newest night."""
    with _connect(read_settings(PostgresSettings), "loader") as ops:
        if found := hops.read(ops):
            Console(width=120).print(hops.table(found))
        else:
            say("no stage has said anything yet")
    return 0


def _begin(
    admin: psycopg.Connection[Any], settings: ControllerSettings, say: Callable[[str], None]
) -> Night:
    options = read_settings(GeneratorSettings, REGISTER_SECRET=nights.NOT_NEEDED)
    pacing.parse_speed(options.speed)
    rates = fault_rates.parse(options.faults)
    if rates.lose or rates.alter:
        raise UserError(
            f"FAULTS={options.faults} cannot be used in containers",
            why="lose and alter spoil raw between the count and the verdict, which make demo does",
            fix="leave them out, or show them with make demo FAULTS=lose:1,alter:1",
        )
    if options.register_url:
        options = fetch_register(options, settings.nights / "registers", say)
    contest = contest_of(options)
    say(f"{contest.title}, 1:{contest.scale}, speed {options.speed}, seed {options.seed}")
    return nights.create(
        admin,
        options.model_copy(update={"scale": contest.scale}),
        election_id=contest.election_id,
        title=contest.title,
        is_synthetic=contest.is_synthetic,
        polling_date=contest.polling_date,
        nights=settings.nights,
        now=datetime.now(UTC),
        lake_path=settings.lake_path,
        spool=options.spool_path if options.register_url else None,
    )


def _newest(admin: psycopg.Connection[Any]) -> Night | None:
    row = admin.execute("select 1 from ops.nights where is_current").fetchone()
    return nights.find(admin, resumable=False) if row else None


def _point(settings: ControllerSettings, night: Night) -> None:
    """Give the newest night's folder a name that does not change: its secret is found by it."""
    fresh = settings.nights / f"{CURRENT}.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(night.folder.name)
    fresh.replace(settings.nights / CURRENT)


def _wait_counted(ops: Postgres, night: Night, seats: int, say: Callable[[str], None]) -> None:
    name = night.night_id
    before, moved, said = None, time.monotonic(), float("-inf")

    def is_counted() -> bool:
        nonlocal before, moved, said
        now, far = time.monotonic(), ops.run(partial(progress.read, night_id=name))
        if far != before:
            before, moved = far, now
        if now - said >= SAY_EVERY_S:
            said = now
            say(far.line(seats))
        if ops.run(partial(progress.stage_state, night_id=name, stage="generator")) != "done":
            return False
        left = ops.run(partial(progress.left_of, night_id=name, ends=_ends()))
        if not left and far.planned:
            return True
        progress.check_moving(now - moved, left)
        return False

    _wait(is_counted)


def _ends() -> dict[tuple[str, int], int]:
    return read_end_offsets(read_settings(BrokerSettings))


def _wait(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(POLL_S)


def _status(ops: psycopg.Connection[Any], night_id: str) -> str:
    row = ops.execute("select status from ops.nights where night_id = %s", (night_id,)).fetchone()
    return str(row[0]) if row else ""


def _duration_s(ops: psycopg.Connection[Any], night_id: str) -> float:
    row = ops.execute(
        "select extract(epoch from ended_at - started_at)::float from ops.nights"
        " where night_id = %s",
        (night_id,),
    ).fetchone()
    return float(row[0] or 0.0) if row else 0.0


def _passwords(postgres: PostgresSettings) -> Passwords:
    names = {"admin": "app", "loader": "loader", "transform": "transform", "reader": "reader"}
    return Passwords(
        **{name: str(postgres.connect_arguments(role)["password"]) for name, role in names.items()}
    )


def _connect(postgres: PostgresSettings, role: str) -> psycopg.Connection[Any]:
    return psycopg.connect(**postgres.connect_arguments(role), autocommit=True)  # type: ignore[arg-type]


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
