"""Who was ahead in seats, and since when: the newest change of the lead. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

import polars as pl

NEWS_FOR = timedelta(minutes=30)  # of the election's clock


@dataclass(frozen=True)
class LeadChange:
    """A party went ahead of the one that led before, in seats declared."""

    at: datetime
    party: str
    before: str

    def is_news(self, election_at: datetime) -> bool:
        """Return whether it happened within the last half hour of the election's clock."""
        return timedelta(0) <= election_at - self.at <= NEWS_FOR


def newest_change(steps: pl.DataFrame) -> LeadChange | None:
    """Return the newest change of the lead; None while the first leader was never passed.

    `steps` are rows of `results_over_time`, oldest first. Who is level with another leads
    nothing: the lead changes when somebody is alone in front who was not the last to be so.
    """
    seats: dict[str, int] = {}
    leader, change = None, None
    rows = steps.iter_rows(named=True)
    for minute, made in groupby(rows, key=itemgetter("election_minute_at")):
        seats |= {step["party_abbreviation"]: step["seats_to_date"] for step in made}
        ahead = _alone_in_front(seats)
        if ahead and leader and ahead != leader:
            change = LeadChange(minute, ahead, leader)
        leader = ahead or leader
    return change


def _alone_in_front(seats: dict[str, int]) -> str | None:
    most = max(seats.values())
    first = [party for party, won in seats.items() if won == most]
    return first[0] if most and len(first) == 1 else None
