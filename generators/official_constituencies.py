"""A constituencies file: seats with their region, electorate, papers and result in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from election.events import ID_PATTERN
from election.geography import REGION_BY_ID, REGIONS, Region
from generators.names import name_key
from generators.official_files import Row, Table
from generators.official_times import Declared, read_times

FILE_SUFFIX = "_constituencies.csv"
REQUIRED = (
    "ONS ID",
    "ONS region ID",
    "Constituency name",
    "Electorate",
    "Valid votes",
    "Invalid votes",
)
_REGION_BY_NAME = {name_key(region.name): region for region in REGIONS}


@dataclass(frozen=True)
class Seat:
    """One constituency as the file has it."""

    row: Row
    constituency_id: str
    name: str
    region: Region
    electorate: int
    valid_votes: int
    rejected_ballots: int
    declared: Declared | None


def read_seats(table: Table, polling_date: date) -> list[Seat]:
    """Return the seats in file order.

    Raises:
        UserError: a seat is there twice, its region unknown, or a cell cannot be used.
    """
    rows = list(table.rows)
    times = read_times(rows, polling_date)
    seats = [_seat(row, declared) for row, declared in zip(rows, times, strict=True)]
    _check_unique(seats)
    return seats


def _seat(row: Row, declared: Declared | None) -> Seat:
    code = row.required("ONS ID")
    if not re.fullmatch(ID_PATTERN, code):
        raise row.error("ONS ID", f"{code!r} is no ONS code", "correct it")
    seat = Seat(
        row=row,
        constituency_id=code,
        name=" ".join(row.required("Constituency name").split()),
        region=_region(row),
        electorate=row.count("Electorate"),
        valid_votes=row.count("Valid votes"),
        rejected_ballots=row.count("Invalid votes"),
        declared=declared,
    )
    if seat.electorate < seat.valid_votes + seat.rejected_ballots:
        raise row.error(
            "Electorate",
            f"is {seat.electorate}, less than the ballots cast "
            f"({seat.valid_votes} valid, {seat.rejected_ballots} invalid)",
            "correct the numbers",
        )
    return seat


def _region(row: Row) -> Region:
    """Return the region by code, or by name where the code is another one."""
    code = row.required("ONS region ID")
    region = REGION_BY_ID.get(code) or _REGION_BY_NAME.get(name_key(row.text("Region name")))
    if region is None:
        raise row.error("ONS region ID", f"{code} is no region or nation", "correct it")
    return region


def _check_unique(seats: list[Seat]) -> None:
    seen: dict[str, int] = {}
    for seat in seats:
        for column, key in (
            ("ONS ID", seat.constituency_id),
            ("Constituency name", name_key(seat.name)),
        ):
            if key in seen:
                raise seat.row.error(
                    column, f"is the same as in row {seen[key]}", "take one of the two out"
                )
            seen[key] = seat.row.line
