"""When seats declare where no official time is known: a model of election nights.

Hours after close of poll are a regional median plus a normal deviation; one seat declares on
the next day, and a near result is counted again first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from election.clock import closes_at
from generators.streams import stream

MEDIAN_HOURS = {
    "E12000001": 5.0,  # North East
    "W92000004": 6.3,  # Wales
    "E12000004": 6.5,  # East Midlands
    "E12000002": 6.5,  # North West
    "E12000008": 7.9,  # South East
    "E12000003": 8.1,  # Yorkshire and The Humber
}
OTHER_MEDIAN_HOURS = 7.0
SPREAD_HOURS = 1.2
FLOOR_HOURS = 1.5
NEXT_DAY_HOURS = (14.0, 18.0)  # noon to four in the afternoon after the poll
RECOUNT_BELOW = 100  # votes of unscaled majority
RECOUNT_HOURS = (1.0, 3.0)


def declaration_times(
    constituency_ids: Sequence[str],
    region_ids: Sequence[str],
    polls_on: Sequence[date],
    majorities: Sequence[int],
    *,
    seed: int,
    one_next_day: bool = True,
) -> list[datetime]:
    """Return each seat's time of declaration, UTC; `majorities` are unscaled."""
    last = _next_day_seat(constituency_ids, seed) if one_next_day else None
    return [
        closes_at(day) + _after_close(seat, region, majority, seed, is_next_day=seat == last)
        for seat, region, day, majority in zip(
            constituency_ids, region_ids, polls_on, majorities, strict=True
        )
    ]


def _next_day_seat(constituency_ids: Sequence[str], seed: int) -> str | None:
    if len(constituency_ids) < 2:
        return None
    return constituency_ids[int(stream(seed, "next_day").integers(len(constituency_ids)))]


def _after_close(
    seat: str, region: str, majority: int, seed: int, *, is_next_day: bool
) -> timedelta:
    draws = stream(seed, "declared_at", seat)
    hours = MEDIAN_HOURS.get(region, OTHER_MEDIAN_HOURS) + draws.normal(0.0, SPREAD_HOURS)
    hours = max(hours, FLOOR_HOURS)
    recount = draws.uniform(*RECOUNT_HOURS)
    next_day = draws.uniform(*NEXT_DAY_HOURS)
    if is_next_day:
        hours = next_day
    elif majority < RECOUNT_BELOW:
        hours += recount
    return timedelta(minutes=round(hours * 60))
