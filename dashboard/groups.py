"""Turnout by group, from lines (a region's people of an age band or qualification). Pure.

A line has a cell a sex, and was last said at a time of its own. A cell that is withheld makes its
line incomplete: a sum over a line with a gap would compare other people with each other, so that
sums are over complete lines alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import polars as pl

_LINE = ["region_id", "characteristic_value"]


@dataclass(frozen=True)
class Group:
    """A group: names on the register and ballots issued (None: withheld), over complete lines.

    `withheld` counts the lines, or for one cell the regions, that are left out. The first and
    the last of its lines were said at the two times.
    """

    name: str
    registered: int | None
    issued: int | None
    withheld: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def turnout(self) -> float | None:
        """Return ballots issued ÷ names (0-1); None where that is withheld."""
        if self.issued is None or not self.registered:
            return None
        return self.issued / self.registered


def groups(cells: pl.DataFrame, characteristic: str, order: Sequence[str]) -> list[Group]:
    """Return the groups of `age_band`, `education` or `sex`; sexes are of the table by age."""
    table, by = ("age_band", "sex") if characteristic == "sex" else (characteristic, _LINE[1])
    lines = cells.filter(pl.col("characteristic") == table).with_columns(
        pl.col("is_suppressed").any().over(_LINE).alias("is_left_out")
    )
    return [_group(name, rows) for name, rows in _ordered(lines, by, order)]


def two_way(
    cells: pl.DataFrame, characteristic: str, order: Sequence[str], sexes: Sequence[str]
) -> dict[str, list[Group]]:
    """Return each group's cells, one a sex: the table that is published, summed over regions."""
    table = cells.filter(pl.col("characteristic") == characteristic).with_columns(
        pl.col("is_suppressed").alias("is_left_out")
    )
    return {
        name: [_group(sex, [row for row in rows if row["sex"] == sex]) for sex in sexes]
        for name, rows in _ordered(table, _LINE[1], order)
    }


def _ordered(
    cells: pl.DataFrame, by: str, order: Sequence[str]
) -> list[tuple[str, list[dict[str, Any]]]]:
    rank = {name: n for n, name in enumerate(order)}

    def place(row: dict[str, Any]) -> tuple[int, str]:
        return rank.get(row[by], len(rank)), row[by]

    rows = sorted(cells.to_dicts(), key=place)
    return [(name, list(found)) for name, found in groupby(rows, key=lambda row: str(row[by]))]


def _group(name: str, rows: list[dict[str, Any]]) -> Group:
    said = [row for row in rows if not row["is_left_out"] and row["registered"] is not None]
    left_out = {(row["region_id"], row["characteristic_value"]) for row in rows} - {
        (row["region_id"], row["characteristic_value"]) for row in said
    }
    times = [row["snapshot_at"] for row in said]
    return Group(
        name,
        sum(row["registered"] for row in said) if said else None,
        sum(row["ballots_issued"] or 0 for row in said) if said else None,
        len(left_out),
        min(times, default=None),
        max(times, default=None),
    )
