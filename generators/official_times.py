"""When a seat polled and declared: a file's local times, in whichever format, to UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from election.clock import UK, UTC, closes_at
from election.errors import UserError
from generators.official_files import Row

DECLARED_WITHIN = timedelta(hours=48)
POSTPONED_UP_TO = timedelta(days=120)
COLUMN = "Declaration time"
THURSDAY = 3
_CELL = re.compile(
    r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})[ T]+"
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]m)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Declared:
    """One seat's polling day and the UTC time of its declaration."""

    polls_on: date
    declared_at: datetime


def read_times(rows: list[Row], polling_date: date) -> list[Declared | None]:
    """Return each seat's times; None where the cell is empty.

    A format is right if by it the declarations follow the poll within 48 hours; a seat that
    declared later polled later, on the last Thursday before its declaration.
    """
    filled = [row for row in rows if row.text(COLUMN)]
    if not filled:
        return [None] * len(rows)
    first = closes_at(polling_date)
    best: list[datetime] = []
    best_on_night = -1
    for parse in _FORMATS:
        times = _parse_all(filled, parse)
        on_night = sum(first <= moment <= first + DECLARED_WITHIN for moment in times)
        if times and on_night > best_on_night:
            best, best_on_night = times, on_night
    if not best:
        raise _unreadable(filled)
    if best_on_night * 2 < len(best):
        raise filled[0].error(
            COLUMN,
            f"does not follow a poll on {polling_date:%A %d %B %Y} within 48 hours, "
            f"here and in {len(best) - best_on_night} of {len(best)} rows",
            f"set POLLING_DATE to the day of the poll, or correct the times (first one: "
            f"{filled[0].text(COLUMN)})",
        )
    found = iter(_place(row, t, polling_date) for row, t in zip(filled, best, strict=True))
    return [next(found) if row.text(COLUMN) else None for row in rows]


def _place(row: Row, declared_at: datetime, polling_date: date) -> Declared:
    if declared_at < closes_at(polling_date):
        raise row.error(
            COLUMN, f"{row.text(COLUMN)!r} is before close of poll on {polling_date}", "correct it"
        )
    if declared_at <= closes_at(polling_date) + DECLARED_WITHIN:
        return Declared(polling_date, declared_at)
    if declared_at > closes_at(polling_date) + POSTPONED_UP_TO:
        raise row.error(
            COLUMN,
            f"{row.text(COLUMN)!r} is over {POSTPONED_UP_TO.days} days after {polling_date}",
            "correct it",
        )
    day = declared_at.astimezone(UK).date()
    thursday = day - timedelta(days=(day.weekday() - THURSDAY) % 7)
    if declared_at < closes_at(thursday):
        thursday -= timedelta(days=7)
    return Declared(thursday, declared_at)


Parts = tuple[int, int, int]
Order = Callable[[int, int, int], Parts]  # three numbers of a cell -> year, month, day

_FORMATS: tuple[Order, ...] = (
    lambda a, b, c: (_year(c), b, a),  # d/m/y
    lambda a, b, c: (_year(c), a, b),  # m/d/y
    lambda a, b, c: (a, b, c),  # y-m-d
)


def _year(number: int) -> int:
    return number + 2000 if number < 100 else number


def _parse_all(rows: list[Row], order: Order) -> list[datetime]:
    """Return every row's time, or none at all where one does not fit the format."""
    times = [_parse(row.text(COLUMN), order) for row in rows]
    return [moment for moment in times if moment] if all(times) else []


def _parse(text: str, order: Order) -> datetime | None:
    match = _CELL.fullmatch(text)
    if match is None:
        return None
    a, b, c, hour, minute = (int(match[i]) for i in range(1, 6))
    half = (match[7] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        day = date(*order(a, b, c))
        moment = datetime.combine(day, time(hour, minute, int(match[6] or 0)), tzinfo=UK)
        if match[8]:  # a time that names its zone; all others are local
            zone = datetime.fromisoformat(f"2000-01-01T00{match[8].upper()}").tzinfo
            moment = moment.replace(tzinfo=zone)
    except ValueError:
        return None
    return moment.astimezone(UTC)


def _unreadable(rows: list[Row]) -> UserError:
    """Name the first row that no format reads, or the first of those that need another."""
    for row in rows:
        if not any(_parse(row.text(COLUMN), order) for order in _FORMATS):
            return row.error(COLUMN, f"{row.text(COLUMN)!r} is not a time", "write d/m/Y H:M")
    return rows[0].error(
        COLUMN, "and the cells below are not all in one format", "write all as d/m/Y H:M"
    )
