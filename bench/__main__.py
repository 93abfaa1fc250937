"""`python -m bench`: the default rows once; with ROW=<name> a row or a group, most three times."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime

import typer
from rich.console import Console

from bench import history, results
from bench.machine import Bench, machine_of_its_own
from bench.reference import reference
from bench.row import Measured, Result, Row
from bench.table import GROUPS, ROWS
from election.errors import UserError


def chosen_rows(name: str | None) -> list[Row]:
    """Return the rows to run.

    Raises:
        UserError: there is no row of that name.
    """
    if not name:
        return [row for row in ROWS.values() if row.in_default_run]
    if name in GROUPS:
        return [ROWS[each] for each in GROUPS[name]]
    if name not in ROWS:
        raise UserError(
            f"there is no row {name!r}",
            why=f"the rows are {', '.join(ROWS)}; groups are {', '.join(GROUPS)}",
            fix="ROW=<name>",
        )
    return [ROWS[ROWS[name].measured_with or name]]


def measure(row: Row, bench: Bench, times: int) -> list[Result]:
    """Run a row so many times; give its result, and those of the rows measured with it."""
    runs = [row.run(bench) for _ in range(times)]
    others = (other for other in ROWS.values() if other.measured_with == row.name)
    return [
        Result(row, runs),
        *(Result(one, [Measured(run.beside[one.name]) for run in runs]) for one in others),
    ]


def main() -> None:
    """Measure, print the table, write it down."""
    name = os.environ.get("ROW")
    rows = chosen_rows(name)
    measured: list[Result] = []
    before = reference().wall_ms
    with machine_of_its_own(typer.echo) as machine:
        # One for all rows: they share nights.
        bench = Bench(machine, typer.echo, os.environ.get("ELECTION") or "synthetic")
        for row in rows:
            times = row.runs_alone if name else 1
            for result in measure(row, bench, times):
                measured.append(result)
                typer.echo(f"{result.row.name}: {result.median:,.4g} {result.row.unit}")
    Console(width=None if sys.stdout.isatty() else 140).print(results.table(measured))
    fast = (before + reference().wall_ms) / 2
    typer.echo(f"written to {results.write(measured, fast, datetime.now(UTC))}")
    history.main()


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        typer.echo("\n".join(error.lines()), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("stopped: nothing of this run is written down", err=True)
        sys.exit(128 + signal.SIGINT)
