"""The election's clock as arithmetic: an anchor in both times and a speed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from election.acceptance import POLLS_CLOSE_HOUR, POLLS_OPEN_HOUR

UK = ZoneInfo("Europe/London")
UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class ElectionClock:
    """`election time = anchor_election_at + (wall - anchor_wall_at) * speed`.

    A speed of 0 stands for a clock that is advanced by plan (SPEED=max) or paused.
    """

    anchor_wall_at: datetime
    anchor_election_at: datetime
    speed: float

    def election_at(self, wall_at: datetime) -> datetime:
        """Return the election's time at a wall-clock time."""
        return self.anchor_election_at + (wall_at - self.anchor_wall_at) * self.speed

    def wall_at(self, election_at: datetime) -> datetime:
        """Return the wall-clock time of an election time; needs a speed above 0."""
        return self.anchor_wall_at + (election_at - self.anchor_election_at) / self.speed


def opens_at(polling_date: date) -> datetime:
    """Return the opening of the poll, UTC."""
    return _local(polling_date, POLLS_OPEN_HOUR)


def closes_at(polling_date: date) -> datetime:
    """Return close of poll, UTC."""
    return _local(polling_date, POLLS_CLOSE_HOUR)


def _local(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=UK).astimezone(UTC)


def is_under_embargo(election_at: datetime, polling_date: date) -> bool:
    """Say whether nothing about choices may be shown yet."""
    return election_at < closes_at(polling_date)


HOUR = timedelta(hours=1)
