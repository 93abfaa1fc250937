"""The facts that close before the poll, as executors look them up (pure)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from spark.blocks.dimensions import Dimensions

SEAT, STATION, CANDIDATE = "seat", "station", "candidate"


@dataclass(frozen=True)
class Lookup:
    """One row a seat, station and candidate, and the closed sets that references must be in."""

    rows: pl.DataFrame
    members: pl.DataFrame  # dim_key (a seat), members: its candidates
    seats: pl.Series
    regions: pl.Series
    candidates: pl.Series
    parties: pl.Series

    @classmethod
    def of(cls, dimensions: Dimensions) -> Lookup:
        """Return the lookup of accepted dimensions; a key is used once, the first wins."""
        return cls(
            pl.DataFrame(_rows(dimensions), schema=_SCHEMA, orient="row"),
            _members(dimensions),
            *(
                pl.Series(sorted(values), dtype=pl.String)
                for values in (
                    dimensions.seats,
                    dimensions.regions,
                    dimensions.candidates,
                    dimensions.parties,
                )
            ),
        )


_SCHEMA = {
    "dim_key": pl.String,
    "dim_kind": pl.String,
    "dim_seat": pl.String,
    "dim_region": pl.String,
    "registered": pl.Int64,
}


def _rows(dimensions: Dimensions) -> list[tuple[object, ...]]:
    rows: dict[str, tuple[object, ...]] = {
        seat: (seat, SEAT, seat, region, None) for seat, region in dimensions.seats.items()
    }
    for key, s in dimensions.stations.items():
        rows.setdefault(key, (key, STATION, s.constituency_id, s.region_id, s.registered))
    for key, c in dimensions.candidates.items():
        rows.setdefault(key, (key, CANDIDATE, c.constituency_id, c.region_id, None))
    return list(rows.values())


def _members(dimensions: Dimensions) -> pl.DataFrame:
    members: dict[str, list[str]] = {seat: [] for seat in dimensions.seats}
    for candidate_id, nomination in dimensions.candidates.items():
        members[nomination.constituency_id].append(candidate_id)
    return pl.DataFrame(
        {"dim_key": list(members), "members": list(members.values())},
        schema={"dim_key": pl.String, "members": pl.List(pl.String)},
    )
