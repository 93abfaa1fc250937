"""`python -m spark`: the live count (default), and commands on a night that was counted."""

from __future__ import annotations

import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
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
from spark.jobs.paths import LakePaths
from spark.lake_login import log_in
from spark.settings import CountSettings, LakeLogin
from spark.sinks.chain_store import ChainStore
from spark.sinks.warehouse import Warehouse

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Source(StrEnum):
    """What a chain can be made from again."""

    BROKER = "broker"
    BRONZE = "bronze"


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Count the night's messages as they come."""
    log_in(read_settings(LakeLogin), os.environ)
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
def rebuild(
    source: Annotated[str, typer.Argument(metavar="FROM", help="broker or bronze")],
    swap: Annotated[bool, typer.Option(help="put the new tables in place of the old")] = True,
) -> None:
    """Make every table of Spark's anew, compare with the live ones, and put them in place."""
    from spark.jobs.rebuild import run_rebuild
    from spark.jobs.starting_point import parse_source

    rebuilt = run_rebuild(
        read_settings(NightSettings),
        read_settings(BrokerSettings),
        read_settings(PostgresSettings),
        read_settings(LakeSettings),
        parse_source(source),
        swap=swap,
    )
    for line in (*rebuilt.differences, *rebuilt.notes):
        typer.echo(line)
    if not rebuilt.differences:
        typer.echo(f"everything made from {source} equals what was there")
    elif not swap:
        raise typer.Exit(1)


@app.command()
def replay(
    start: Annotated[str, typer.Argument(metavar="FROM", help="votes/3/12000, or a time")],
) -> None:
    """Judge messages again from an offset or a time on, compare, and mend the sinks."""
    from spark.jobs.replay import run_replay
    from spark.jobs.starting_point import parse_start

    replayed = run_replay(
        read_settings(NightSettings),
        read_settings(BrokerSettings),
        read_settings(PostgresSettings),
        read_settings(LakeSettings),
        parse_start(start),
    )
    for line in replayed.lines():
        typer.echo(line)
    if replayed.wrong:
        raise typer.Exit(1)


@app.command()
def dlq() -> None:
    """List rejected messages by reason and topic."""
    from spark.jobs.dead_letters import list_dead_letters

    for line in list_dead_letters(read_settings(NightSettings), read_settings(PostgresSettings)):
        typer.echo(line)


@app.command(name="dlq-retry")
def dlq_retry() -> None:
    """Send rejected messages again, once, that this reader accepts."""
    from spark.jobs.dead_letters import retry_dead_letters

    chosen = retry_dead_letters(
        read_settings(NightSettings), read_settings(BrokerSettings), read_settings(PostgresSettings)
    )
    for line in chosen.lines():
        typer.echo(line)


@app.command(name="archive-classes")
def archive_classes(
    output: Annotated[Path, typer.Argument(help="file that Java writes when it ends")],
) -> None:
    """Write the classes of a count into an archive: SPARK_CLASS_ARCHIVE of later starts."""
    from spark.jobs.class_archive import archive_classes

    archive_classes(read_settings(LakeSettings), output)


@app.command(name="as-of")
def as_of(
    moment: Annotated[str, typer.Argument(metavar="TIME", help="UTC, as 2026-11-25T02:00:00Z")],
    table: Annotated[str, typer.Option(help="live table")] = "candidate_totals",
    output: Annotated[Path | None, typer.Option(help="file: .csv or .parquet")] = None,
) -> None:
    """Show a live table as it was at a time of the wall clock: a sum over ledger entries."""
    from spark.jobs.as_of import parse_moment, table_as_of, write_table

    frame = table_as_of(
        read_settings(NightSettings), read_settings(LakeSettings), parse_moment(moment), table
    )
    if output is None:
        typer.echo(frame.write_csv(), nl=False)
    else:
        write_table(frame, output)


@app.command()
def chain(
    source: Annotated[
        Source, typer.Option("--from", help="what the chain is made from again")
    ] = Source.BRONZE,
) -> None:
    """Make the chain of votes and declarations again, and compare it with `ops`."""
    from spark.jobs.chain_check import check_chain

    night, postgres = read_settings(NightSettings), read_settings(PostgresSettings)
    differences = check_chain(
        night.night_id, ChainStore(Warehouse(postgres), night.night_id), source,
        bronze=LakePaths(read_settings(LakeSettings).lake_path).table("bronze", "messages"),
        broker=read_settings(BrokerSettings),
    )  # fmt: skip
    for line in differences:
        typer.echo(line)
    if differences:
        raise typer.Exit(1)
    typer.echo(f"{source} gives every block and head that was published")


@app.command(name="export-chain")
def export_chain(
    output: Annotated[Path, typer.Argument(help="folder; an earlier export in it is replaced")],
) -> None:
    """Write rows, row hashes, blocks and heads for an outsider, and the checker."""
    from spark.jobs.export_chain import export

    night, postgres = read_settings(NightSettings), read_settings(PostgresSettings)
    bronze = LakePaths(read_settings(LakeSettings).lake_path).table("bronze", "messages")
    store = ChainStore(Warehouse(postgres), night.night_id)
    for line in export(night.night_id, store, bronze, output):
        typer.echo(line)


def main() -> None:
    """Run; errors for people are printed without a traceback."""
    configure_logging("spark")
    try:
        app()
    except UserError as error:
        get_logger().error(error.what, why=error.why, fix=error.fix)
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
