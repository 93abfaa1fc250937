"""The facts that close before the poll, as one small table that every executor gets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

Fact = dict[str, Any]

SEAT, STATION, CANDIDATE = "seat", "station", "candidate"

_SCHEMA = pa.schema(
    [
        ("dim_key", pa.string()),
        ("dim_kind", pa.string()),
        ("dim_seat", pa.string()),
        ("dim_region", pa.string()),
        ("registered", pa.int64()),
        ("members", pa.list_(pa.string())),
    ]
)


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

    def to_arrow(self) -> pa.Table:
        """Return one row a seat, station and candidate; a key is used once, the first wins."""
        members: dict[str, list[str]] = {seat: [] for seat in self.seats}
        for candidate_id, nomination in self.candidates.items():
            members[nomination.constituency_id].append(candidate_id)
        rows: dict[str, tuple[object, ...]] = {
            seat: (seat, SEAT, seat, region, None, members[seat])
            for seat, region in self.seats.items()
        }
        for key, s in self.stations.items():
            row = (key, STATION, s.constituency_id, s.region_id, s.registered, None)
            rows.setdefault(key, row)
        for key, c in self.candidates.items():
            rows.setdefault(key, (key, CANDIDATE, c.constituency_id, c.region_id, None, None))
        columns = list(zip(*rows.values(), strict=True)) or [()] * len(_SCHEMA)
        return pa.table(
            [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA
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


class DimensionTable:
    """Dimensions in Spark: one table to broadcast, and the closed sets as literals.

    The sets are looked into only for a message that the join did not clear.
    """

    def __init__(self, spark: SparkSession, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self.table: DataFrame = spark.createDataFrame(dimensions.to_arrow()).coalesce(1)
        self.sets: dict[str, Column] = {
            "known_seats": _literal(dimensions.seats),
            "known_regions": _literal(dimensions.regions),
            "known_candidates": _literal(dimensions.candidates),
            "known_parties": _literal(dimensions.parties),
        }


def _literal(values: object) -> Column:
    texts = sorted(str(v) for v in values)  # type: ignore[attr-defined]
    return F.lit(np.array(texts)) if texts else F.array().cast("array<string>")
