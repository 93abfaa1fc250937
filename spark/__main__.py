"""`python -m spark`: the live count (default), `lake` or `backfill`."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from election.errors import UserError
from election.settings import (
    BrokerSettings,
    LakeSettings,
    NightSettings,
    PostgresSettings,
    read_settings,
)
from election.telemetry import configure_logging, get_logger
from spark.settings import CountSettings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Count the night's messages as they come."""
    if context.invoked_subcommand is None:
        live()


@app.command()
def live() -> None:
    """Count the night's messages as they come, until SIGTERM."""
    from spark.jobs.live import LiveJob

    job = LiveJob(
        read_settings(NightSettings),
        read_settings(BrokerSettings),
        read_settings(PostgresSettings),
        read_settings(LakeSettings),
        read_settings(CountSettings),
    )
    signal.signal(signal.SIGTERM, lambda *_: job.stop())
    signal.signal(signal.SIGINT, lambda *_: job.stop())
    job.run()


@app.command()
def lake() -> None:
    """Make silver, quarantine and gold of the night from bronze, and tidy the lake."""
    from spark.jobs.lake import build_lake

    report = build_lake(read_settings(NightSettings), read_settings(LakeSettings))
    for line in report:
        typer.echo(line)


@app.command()
def backfill(
    swap: Annotated[bool, typer.Option(help="put the new ledgers in place of the old")] = False,
) -> None:
    """Count the night again from bronze into new ledgers, and compare with the live ones."""
    from spark.jobs.backfill import run_backfill

    differences = run_backfill(read_settings(NightSettings), read_settings(LakeSettings), swap=swap)
    for line in differences:
        typer.echo(line)
    if differences:
        raise typer.Exit(1)
    typer.echo("the ledgers made from bronze equal the live ones")


def main() -> None:
    """Run; errors for people are printed without a traceback."""
    configure_logging("spark")
    try:
        app()
    except UserError as error:
        get_logger().error(error.what, why=error.why, fix=error.fix)
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        sys.exit(2)


if __name__ == "__main__":
    main()
