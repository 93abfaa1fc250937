"""The facts that close before the poll: seats, stations and candidates (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Fact = dict[str, Any]


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

    def add_seat(self, fact: Fact) -> None:
        """Add a constituency with its stations; of two that claim a station the first has it."""
        seat, region = fact["constituency_id"], fact["region_id"]
        self.seats[seat] = region
        for station in fact["stations"]:
            self.stations.setdefault(
                station["polling_station_id"], Station(seat, region, station["registered"])
            )

    def add_candidate(self, fact: Fact) -> None:
        """Add a nomination in a seat that is there."""
        seat = fact["constituency_id"]
        self.candidates[fact["candidate_id"]] = Nomination(
            seat, self.seats[seat], fact["party_abbreviation"]
        )


def dimension_counts(accounts: Iterable[Fact]) -> dict[str, int]:
    """Return how many there must be, by topic: the newest version of each account."""
    newest: dict[str, tuple[int, int]] = {}
    for fact in accounts:
        if fact["kind"] == "dimensions":
            known = newest.get(fact["id"], (0, 0))
            if fact["version"] > known[0]:
                newest[fact["id"]] = (fact["version"], fact["count"])
    return {topic: count for topic, (_, count) in newest.items()}
