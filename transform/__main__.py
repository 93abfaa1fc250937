"""`python -m transform setup | run | night | final | rebuild | docs`: the dbt stage of a night."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

from election.errors import UserError
from election.settings import NightSettings, PostgresSettings, read_settings
from election.telemetry import configure_logging, get_logger
from transform.cadence import FULL, Cadence
from transform.documentation import write_documentation
from transform.invocation import Dbt
from transform.ledger import Ledger
from transform.outcome import Outcome, changes
from transform.selection import EMPTY_TABLES, FINAL, VIEWS
from transform.settings import TransformSettings

ROWS_PRINTED = 40


def main() -> int:
    """Run one command and return its exit code: 0 done or pass, 1 fail, 2 user error."""
    parser = argparse.ArgumentParser(prog="python -m transform", description=__doc__)
    parser.add_argument(
        "command",
        choices=("setup", "run", "night", "final", "rebuild", "docs"),
        help="setup: every mart, empty or live; run: count on a cadence until SIGTERM; "
        "night: setup, run until the night's status says that all is counted, then final; "
        "final: count everything once more with every test, 0 = pass, 1 = fail; "
        "rebuild: every view and table anew from raw, tested, and what changed by it; "
        "docs: every mart and test as one page, without a database",
    )
    command = parser.parse_args().command
    configure_logging("dbt")
    try:
        if command == "docs":
            return docs()
        settings = read_settings(TransformSettings)
        night = read_settings(NightSettings)
        postgres = read_settings(PostgresSettings)
        export_password(postgres)
        ledger = Ledger(postgres, night.night_id)
        # A night that was not finished has papers to come: they are pending, and not missing.
        is_final = command == "final" or (command == "rebuild" and ledger.is_complete())
        dbt = Dbt(settings, night.night_id, is_final=is_final)
        work = {"setup": setup, "run": run, "night": night_through, "final": final,
                "rebuild": rebuild}[command]  # fmt: skip
        return work(dbt, ledger, settings)
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return 2


def export_password(postgres: PostgresSettings) -> None:
    """Let dbt's profile, which reads the environment alone, have a password from a file."""
    if postgres.transform_password is not None:
        os.environ["POSTGRES_TRANSFORM_PASSWORD"] = postgres.transform_password.get_secret_value()


def setup(dbt: Dbt, ledger: Ledger, _settings: TransformSettings) -> int:
    """Make the live views, and empty tables unless they are this night's already."""
    ledger.beat("starting", "making marts")
    with ledger.alone():
        outcome = dbt.run(VIEWS)
        if not ledger.is_built():
            outcome = outcome.then(dbt.run(EMPTY_TABLES))
    _say(outcome)
    detail = "marts are made" if outcome.verdict == "pass" else "marts could not be made"
    ledger.beat("ready", detail, error="; ".join(outcome.problems)[:500] or None)
    return 0 if outcome.verdict == "pass" else 1


def run(dbt: Dbt, ledger: Ledger, settings: TransformSettings) -> int:
    """Count on a cadence until SIGTERM or SIGINT; the run under way is finished first."""
    _run_until(_stop_of_signals(), dbt, ledger, settings, is_over=lambda: False)
    ledger.beat("done", "stopped between two runs")
    return 0


def night_through(dbt: Dbt, ledger: Ledger, settings: TransformSettings) -> int:
    """Make the marts, count on a cadence, and in full once the night's controller says so.

    The verdict is the controller's to read, in `ops.dbt_runs`: 0 even if it is a fail.
    """
    stop = _stop_of_signals()
    if code := setup(dbt, ledger, settings):
        return code
    _run_until(stop, dbt, ledger, settings, is_over=ledger.is_counted)
    if not stop.is_set():
        final(dbt.final(), ledger, settings)
    return 0


def _stop_of_signals() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _run_until(
    stop: Event,
    dbt: Dbt,
    ledger: Ledger,
    settings: TransformSettings,
    *,
    is_over: Callable[[], bool],
) -> None:
    ledger.beat("running", "first run")
    Cadence(dbt, ledger, timedelta(seconds=settings.cadence_s), _now, is_over).until(stop)


def final(dbt: Dbt, ledger: Ledger, _settings: TransformSettings) -> int:
    """Count everything once more with every test; nothing is pending now."""
    return _in_full(dbt, ledger, "final run", FINAL)


def rebuild(dbt: Dbt, ledger: Ledger, _settings: TransformSettings) -> int:
    """Make every view and table anew, each beside the old one and then in its place.

    Which rows are others than before is printed; what raw no longer has is gone.
    """
    before = ledger.contents()
    code = _in_full(dbt, ledger, "rebuild", (VIEWS, *FINAL))
    for line in changes(before, ledger.contents()):
        print(line)  # noqa: T201
    return code


def _in_full(dbt: Dbt, ledger: Ledger, what: str, invocations: Sequence[Sequence[str]]) -> int:
    """Run everything with every test, and print the verdict."""
    started = _now()
    ledger.beat("running", what)
    with ledger.alone():
        outcome = dbt.run(*invocations)
    ledger.write_run(FULL, outcome, started, _now())
    ledger.beat("done", f"{what}: {outcome.verdict}", error=None)
    _say(outcome)
    if outcome.verdict != "pass":
        for line in ledger.failing_rows(ROWS_PRINTED):
            print(line)  # noqa: T201
    print(f"reconciliation: {outcome.verdict.upper()}")  # noqa: T201
    return 0 if outcome.verdict == "pass" else 1


def docs() -> int:
    """Write the documentation; it needs neither a night nor a database."""
    print(write_documentation())  # noqa: T201
    return 0


def _say(outcome: Outcome) -> None:
    for problem in outcome.problems:
        get_logger().error("dbt", problem=problem)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
