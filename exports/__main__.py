"""`python -m exports mart | nist | openelections | keep`: files of the current night."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from election.errors import UserError
from election.settings import read_settings
from election.stopping import StopRequest
from election.telemetry import configure_logging
from exports import nist, openelections, tables
from exports.folder import ResultFolder, replace
from exports.keeping import Keeper, keep
from exports.marts import Snapshot, open_marts
from exports.settings import ResultSettings
from exports.tables import Table

ORDER_BY = 5  # columns: no mart's key is longer, and keys come first


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when done or stopped, 2 for what a person can mend."""
    parser = argparse.ArgumentParser(prog="python -m exports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    mart = commands.add_parser("mart", help="one mart as a file")
    mart.add_argument("mart")
    mart.add_argument("format", choices=tables.FORMATS)
    standard = [
        commands.add_parser("nist", help="NIST SP 1500-100 version 2, as JSON"),
        commands.add_parser("openelections", help="a flat CSV by candidate"),
    ]
    for command in (mart, *standard):
        command.add_argument("--out", type=Path, help="folder", required=True)
    commands.add_parser("keep", help="the result files as the marts are, until SIGTERM")
    given = parser.parse_args(arguments)
    try:
        if given.command == "keep":
            return keep_results()
        make: dict[str, Callable[[Snapshot], Made]] = {
            "mart": lambda marts: _mart(marts, given.mart, given.format),
            "nist": lambda marts: _nist(marts, datetime.now(UTC)),
            "openelections": _openelections,
        }
        name, content, what = open_marts().read(make[given.command])
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return error.exit_code
    replace(given.out / name, content)
    print(f"{given.out / name}: {what}")  # noqa: T201
    return 0


def keep_results() -> int:
    """Keep the result files until SIGTERM; write once more then."""
    configure_logging("results")
    stopping = StopRequest.of_signals()
    settings = read_settings(ResultSettings)
    marts = open_marts()
    keeper = Keeper(marts, ResultFolder(settings.folder))
    keep(keeper.once, max(settings.every_s, marts.update_s), stopping)
    return 0


Made = tuple[str, bytes, str]  # file name, content, what it is in words


def _mart(marts: Snapshot, name: str, kind: str) -> Made:
    columns = marts.columns(name)
    rows = marts.rows(name, list(columns), list(columns)[:ORDER_BY])
    about = marts.about(name)
    what = f"{len(rows):,} rows of {name}, {about.sentence()}"
    return f"{name}.{kind}", tables.FORMATS[kind](Table(name, columns, rows), about), what


def _nist(marts: Snapshot, now: datetime) -> Made:
    about = marts.about()
    report = nist.report(
        about,
        marts.rows("party_results", nist.PARTIES, ("party_abbreviation",)),
        marts.rows("constituency_results", nist.SEATS, ("constituency_id",)),
        marts.rows("candidate_results", nist.CANDIDATES, ("constituency_id", "ballot_order")),
        now,
    )
    return "nist-1500-100-v2.json", tables.json_bytes(report), about.sentence()


def _openelections(marts: Snapshot) -> Made:
    about = marts.about()
    made = openelections.table(
        marts.rows("constituency_results", openelections.SEATS),
        marts.rows(
            "candidate_results", openelections.CANDIDATES, ("constituency_id", "ballot_order")
        ),
    )
    return openelections.file_name(about), tables.to_csv(made, about), about.sentence()


if __name__ == "__main__":
    sys.exit(main())
