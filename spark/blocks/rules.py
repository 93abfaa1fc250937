"""What the rules need to know of a night besides the message: its election and its hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from election.clock import closes_at, opens_at

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    """Return the UTC time of microseconds since 1970."""
    return EPOCH + value * MICROSECOND


@dataclass(frozen=True)
class NightRules:
    """The election and the hours of its poll."""

    election_id: str
    opens_at: datetime
    closes_at: datetime

    @classmethod
    def of(cls, election_id: str, polling_date: date) -> NightRules:
        """Return the rules of an election held on a day."""
        return cls(election_id, opens_at(polling_date), closes_at(polling_date))

    @property
    def opens_us(self) -> int:
        """Opening of the poll in microseconds since 1970."""
        return to_micros(self.opens_at)

    @property
    def closes_us(self) -> int:
        """Close of poll in microseconds since 1970."""
        return to_micros(self.closes_at)
