"""The night as it stood at a time: what a replay's scrubber shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from dashboard import words
from dashboard.charts.results import NIGHT_HOURS
from election.clock import UK

LIVE = "live"
EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Standing:
    """A party at a time: seats declared, votes declared and their share (0-1) of all of them."""

    party: str
    colour: str | None
    seats: int
    votes: int
    share: float | None


@dataclass(frozen=True)
class Moment:
    """The night at a time, parties with most seats first, then with most votes."""

    at: datetime
    declared: int
    total: int
    parties: tuple[Standing, ...]


def stops(closes_at: datetime, newest: datetime) -> dict[str, datetime]:
    """Return the times the scrubber stops at, by local time: close of poll to the newest minute.

    A seat declared days later is no stop: it is seen live.
    """
    last = min(newest, closes_at + timedelta(hours=NIGHT_HOURS))
    count = max(0, int((last - closes_at) / EVERY))
    times = [closes_at + n * EVERY for n in range(count + 1)]
    return {f"{at.astimezone(UK):%H:%M}": at for at in times}


def labels(times: dict[str, datetime]) -> dict[str, str]:
    """Return what the scrubber calls its stops; the last is the night as it is."""
    return {key: words.clock(at) for key, at in times.items()} | {LIVE: "Live"}


def moment(steps: pl.DataFrame, at: datetime, total: int) -> Moment:
    """Return how the night stood at a time, from the running totals of `results_over_time`."""
    if not steps.height:
        return Moment(at, 0, total, ())
    then = steps.filter(pl.col("election_minute_at") <= at)
    newest = then.sort("election_minute_at").group_by("party_abbreviation").last()
    rows: Sequence[dict[str, Any]] = newest.to_dicts()
    votes = sum(row["votes_to_date"] or 0 for row in rows)
    parties = [
        Standing(
            row["party_abbreviation"], row["party_colour"], row["seats_to_date"] or 0,
            row["votes_to_date"] or 0, (row["votes_to_date"] or 0) / votes if votes else None,
        )
        for row in rows
    ]  # fmt: skip
    declared = max((row["seats_declared_to_date"] or 0 for row in rows), default=0)
    ranked = sorted(parties, key=lambda p: (-p.seats, -p.votes, p.party))
    return Moment(at, declared, total, tuple(ranked))
