"""The facts that close before the poll: seats, stations and candidates (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Station:
    """A polling station with its register's size."""

    constituency_id: str
    region_id: str
    registered: int


@dataclass(frozen=True)
class Nomination:
    """A candidate's seat and party."""

    constituency_id: str
    region_id: str
    party_abbreviation: str


@dataclass
class Dimensions:
    """Seats (with their region), stations and candidates that were accepted."""

    seats: dict[str, str] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    candidates: dict[str, Nomination] = field(default_factory=dict)

    @property
    def regions(self) -> set[str]:
        """Regions and nations that have a seat in this election."""
        return set(self.seats.values())

    @property
    def parties(self) -> set[str]:
        """Parties that stand somewhere."""
        return {c.party_abbreviation for c in self.candidates.values()}
