"""`python -m transform setup | run | night | final | rebuild | carry | docs`: the dbt stage."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from election.errors import UserError
from election.settings import (
    BigQuerySettings,
    NightSettings,
    PostgresSettings,
    StorageSettings,
    read_settings,
)
from election.telemetry import configure_logging, get_logger
from transform.cadence import FULL, Cadence, Runner
from transform.documentation import write_documentation
from transform.edition_stores import BigQueryEditions, EditionStore, PostgresEditions
from transform.estimates import compiled_models, estimates, lines
from transform.invocation import Dbt
from transform.last_count import Reached, came_meanwhile, count_to_the_end
from transform.ledger import STAGE, Ledger
from transform.outcome import Outcome, changes
from transform.publishing import Editions
from transform.selection import EMPTY_TABLES, FINAL, VIEWS
from transform.settings import TransformSettings
from warehouse.clients import open_access
from warehouse.jobs import Jobs
from warehouse.marts import BigQueryMarts

if TYPE_CHECKING:
    from transform.mirror import Mirror

ROWS_PRINTED = 40
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
NICENESS = 5  # Spark counts in seconds, dbt in minutes: where cores are short, it gives way


def main() -> int:
    """Run one command and return its exit code: 0 done or pass, 1 fail, 2 user error."""
    parser = argparse.ArgumentParser(prog="python -m transform", description=__doc__)
    parser.add_argument(
        "command",
        choices=("setup", "run", "night", "final", "rebuild", "carry", "docs", "estimate"),
        help="setup: every mart, empty or live; run: count on a cadence until SIGTERM; "
        "night: setup, run until the night's status says that all is counted, then final; "
        "final: count everything once more with every test, 0 = pass, 1 = fail; "
        "rebuild: every view and table anew from raw, tested, and what changed by it; "
        "carry: ops as it is now over to BigQuery, once more after a night's end; "
        "docs: every mart and test as one page, and the data dictionary, without a database; "
        "estimate: the bytes that each model reads on BigQuery, without running it",
    )
    command = parser.parse_args().command
    configure_logging("dbt")
    try:
        if command == "docs":
            return docs()
        settings = read_settings(TransformSettings)
        if command == "estimate":
            return estimate(settings)
        night = read_settings(NightSettings)
        if command == "carry":
            return carry(night)
        postgres = read_settings(PostgresSettings)
        export_password(postgres)
        ledger = open_ledger(postgres, night)
        # A night that was not finished has papers to come: they are pending, and not missing.
        is_final = command == "final" or (command == "rebuild" and ledger.is_complete())
        dbt = open_dbt(settings, night, is_final=is_final)
        editions = open_editions(dbt, postgres, night.night_id)
        work = {"setup": setup, "run": run, "night": night_through, "final": final,
                "rebuild": rebuild}[command]  # fmt: skip
        return work(dbt, editions, ledger, settings)
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return error.exit_code


def export_password(postgres: PostgresSettings) -> None:
    """Let dbt's profile, which reads the environment alone, have a password from a file."""
    if postgres.transform_password is not None:
        os.environ["POSTGRES_TRANSFORM_PASSWORD"] = postgres.transform_password.get_secret_value()


def open_dbt(settings: TransformSettings, night: NightSettings, *, is_final: bool) -> Runner:
    """Return dbt on the warehouse that the settings ask for."""
    access = None
    if read_settings(StorageSettings).is_bigquery:
        access = open_access(read_settings(BigQuerySettings))
        os.environ.update(access.dbt_environment())  # what the profile reads
    dbt = Dbt(settings, night.night_id, is_final=is_final, polling_date=night.polling_date)
    if access is None:
        return dbt
    from transform.mirror import MirroredDbt

    return MirroredDbt(dbt, open_mirror(night))


def open_editions(dbt: Runner, postgres: PostgresSettings, night_id: str) -> Editions:
    """Return what publishes the marts, in the warehouse that the settings ask for."""
    store: EditionStore = PostgresEditions(postgres, night_id, dbt.marts())
    if read_settings(StorageSettings).is_bigquery:
        settings = read_settings(BigQuerySettings)
        jobs = Jobs(open_access(settings).client(), settings, STAGE)
        store = BigQueryEditions(settings, jobs, postgres, night_id, dbt.marts())
    return Editions(dbt.of_edition(), store)


def open_mirror(night: NightSettings) -> Mirror:
    """Return what carries `ops` over to BigQuery."""
    from transform.mirror import Mirror

    access = open_access(read_settings(BigQuerySettings))
    return Mirror(read_settings(PostgresSettings), access, night.night_id, night.polling_date)


def open_ledger(postgres: PostgresSettings, night: NightSettings) -> Ledger:
    """Return what the stage writes about itself, and reads of its marts where they are."""
    marts = None
    if read_settings(StorageSettings).is_bigquery:
        marts = BigQueryMarts(read_settings(BigQuerySettings), STAGE)
    return Ledger(postgres, night.night_id, marts)


def setup(dbt: Runner, editions: Editions, ledger: Ledger, _settings: TransformSettings) -> int:
    """Make the live views, and empty tables unless they are this night's already."""
    ledger.beat("starting", "making marts")
    with ledger.alone():
        outcome = dbt.run(VIEWS)
        if not ledger.is_built():
            outcome = outcome.then(dbt.run(EMPTY_TABLES))
        if outcome.verdict == "pass":
            editions.store.lay_out()
    _say(outcome)
    is_made = outcome.verdict == "pass"
    state, detail = (
        ("ready", "marts are made") if is_made else ("starting", "marts could not be made")
    )
    ledger.beat(state, detail, error="; ".join(outcome.problems)[:500] or None)
    return 0 if is_made else 1


def run(dbt: Runner, editions: Editions, ledger: Ledger, settings: TransformSettings) -> int:
    """Count on a cadence until SIGTERM or SIGINT; the run under way is finished first."""
    _run_until(
        _stop_of_signals(), dbt, editions, ledger, settings,
        is_over=lambda: False, has_begun=lambda: True,
    )  # fmt: skip
    ledger.beat("done", "stopped between two runs")
    return 0


def night_through(
    dbt: Runner, editions: Editions, ledger: Ledger, settings: TransformSettings
) -> int:
    """Make the marts, count on a cadence, and in full once the night's controller says so.

    The verdict is the controller's to read, in `ops.dbt_runs`: 0 even if it is a fail. SIGTERM and
    SIGINT end it between two runs; what is made anew by the next start ends at once.
    """
    if code := setup(dbt, editions, ledger, settings):
        return code
    stop = _stop_of_signals()
    _run_until(
        stop, dbt, editions, ledger, settings,
        is_over=ledger.is_counted, has_begun=lambda: bool(ledger.reached().tallied),
    )  # fmt: skip
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    if not stop.is_set():
        count = partial(_in_full, dbt.final(), editions, ledger, "final run", FINAL)
        count_to_the_end(ledger, count)
    return 0


def _stop_of_signals() -> Event:
    stop = Event()
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    return stop


def _run_until(
    stop: Event,
    dbt: Runner,
    editions: Editions,
    ledger: Ledger,
    settings: TransformSettings,
    *,
    is_over: Callable[[], bool],
    has_begun: Callable[[], bool],
) -> None:
    os.nice(NICENESS)  # nothing can be shown before there are marts, and then Spark comes first
    ledger.beat("running", "first run")
    every = timedelta(seconds=settings.cadence_s)
    Cadence(dbt, editions, ledger, every, _now, is_over, has_begun).until(stop)


def final(dbt: Runner, editions: Editions, ledger: Ledger, _settings: TransformSettings) -> int:
    """Count everything once more with every test, and publish it; nothing is pending now."""
    outcome = _in_full(dbt, editions, ledger, "final run", FINAL)
    return 0 if outcome.verdict == "pass" else 1


def rebuild(dbt: Runner, editions: Editions, ledger: Ledger, _settings: TransformSettings) -> int:
    """Make every view and table anew, each beside the old one and then in its place.

    Which rows are others than before is printed; what raw no longer has is gone.
    """
    before = ledger.contents()
    outcome = _in_full(dbt, editions, ledger, "rebuild", (VIEWS, *FINAL))
    for line in changes(before, ledger.contents()):
        print(line)  # noqa: T201
    return 0 if outcome.verdict == "pass" else 1


def _in_full(
    dbt: Runner, editions: Editions, ledger: Ledger, what: str,
    invocations: Sequence[Sequence[str]], reached: Reached | None = None,
) -> Outcome:  # fmt: skip
    """Run everything with every test, publish what passes, and print the verdict.

    The last one holds for all that was `reached` when it began: what comes meanwhile breaks it off.
    """
    started = _now()
    ledger.beat("running", what)
    with ledger.alone():
        outcome = editions.after(dbt.run(*invocations))
    if reached is not None:
        outcome = outcome.then(came_meanwhile(reached, ledger.reached()))
    ledger.write_run(FULL, outcome, started, _now())
    ledger.beat("done", f"{what}: {outcome.verdict}", error=None)
    _say(outcome)
    if outcome.verdict != "pass":
        for line in ledger.failing_rows(ROWS_PRINTED):
            print(line)  # noqa: T201
    print(f"reconciliation: {outcome.verdict.upper()}")  # noqa: T201
    return outcome


def carry(night: NightSettings) -> int:
    """Carry `ops` over: a night that has ended must not be shown as running."""
    if read_settings(StorageSettings).is_bigquery:
        open_mirror(night).carry()
    return 0


def docs() -> int:
    """Write the documentation; it needs neither a night nor a database."""
    print(*write_documentation(), sep="\n")  # noqa: T201
    return 0


def estimate(settings: TransformSettings) -> int:
    """Print what each model reads; dbt must have run on BigQuery before."""
    bigquery = read_settings(BigQuerySettings)
    models = compiled_models(settings.target_path)
    if not models:
        raise UserError(
            "there is nothing to estimate",
            why=f"dbt has compiled nothing in {settings.target_path}",
            fix="run `python -m transform setup` with STORAGE_PREFERENCE=GCP first",
        )
    client = open_access(bigquery).client()
    for line in lines(estimates(client, bigquery, models)):
        print(line)  # noqa: T201
    return 0


def _say(outcome: Outcome) -> None:
    for problem in outcome.problems:
        get_logger().error("dbt", problem=problem)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
