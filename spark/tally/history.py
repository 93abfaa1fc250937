"""The ledgers as they were at a time, and the totals they add up to; knows no Spark session.

What counts is the wall clock at which an entry was written. A segment starts with the sum of all
before it, so that one segment is read whatever the time, or two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import deltalake as dl
import orjson
import polars as pl

from election.errors import UserError
from spark.blocks.dimensions import Dimensions, Fact, dimension_counts
from spark.schema_version import check_version
from spark.tally import rows as ledger
from spark.tally.fold import Totals
from spark.tally.rows import COUNT, REBUILD, SCHEMAS, TURNOUT, VERSIONS, Increment, as_stored
from spark.tally.segments import since_snapshot
from spark.tally.tally import Claims

_HEAD = ["segment", "entry", "as_of"]
Limit = datetime | int | None
"""Up to a time of the wall clock, up to the number of an entry, or None: up to now."""


@dataclass(frozen=True)
class Sum:
    """What entries add up to, with the newest of them and when it was written (None: no entry)."""

    increment: Increment
    claims: Claims
    totals: Totals
    entry: int
    as_of: datetime | None

    @classmethod
    def nothing(cls, dimensions: Dimensions) -> Sum:
        """Return what no entry adds up to."""
        empty = (pl.DataFrame(schema=SCHEMAS[name]) for name in (TURNOUT, COUNT))
        return cls(Increment(*empty), Claims(), Totals(dimensions), -1, None)


class History:
    """What one ledger holds, up to the newest entry there was when it was opened.

    Raises:
        UserError: the ledger has another schema version.
    """

    def __init__(self, path: str, name: str) -> None:
        self._path, self._name = path, name
        if dl.DeltaTable.is_deltatable(path):
            what = f"the ledger {name}"
            check_version(what, dl.DeltaTable(path), VERSIONS[name], fix=REBUILD)
        self.entries = _entries(path)

    def until(self, limit: Limit) -> pl.DataFrame:
        """Return segment, entry and as_of of the entries up to a limit, in their order."""
        if limit is None:
            return self.entries
        return self.entries.filter(pl.col("entry" if isinstance(limit, int) else "as_of") <= limit)

    def rows(self, limit: Limit) -> pl.DataFrame:
        """Return the rows that add up to what the ledger said at a limit."""
        entries = self.until(limit)
        if not len(entries):
            return pl.DataFrame(schema=SCHEMAS[self._name])
        segment, entry = entries["segment"][-1], entries["entry"][-1]
        rows = since_snapshot(
            lambda of: as_stored(_read(self._path, None, of), self._name), segment
        )
        return rows.filter((pl.col("entry") <= entry) & (pl.col("kind") != ledger.HEAD))

    def rejections(self, limit: Limit) -> pl.DataFrame:
        """Return every rejection up to a limit: no segment repeats those before it."""
        return self._increments(ledger.REJECTION, limit)

    def accounts(self, limit: Limit) -> pl.DataFrame:
        """Return the account of each entry up to a limit: its offsets, by topic and partition."""
        return self._increments(ledger.ACCOUNT, limit)

    def _increments(self, kind: str, limit: Limit) -> pl.DataFrame:
        entries = self.until(limit)
        if not len(entries):
            return pl.DataFrame(schema=SCHEMAS[self._name])
        rows = as_stored(_read(self._path, None, None), self._name)
        is_there = ~pl.col("is_snapshot") & (pl.col("entry") <= entries["entry"][-1])
        return rows.filter((pl.col("kind") == kind) & is_there)


def _entries(path: str) -> pl.DataFrame:
    if not dl.DeltaTable.is_deltatable(path):
        return pl.DataFrame(schema={name: SCHEMAS[COUNT][name] for name in _HEAD})
    rows = _read(path, [*_HEAD, "kind", "is_snapshot"], None)
    opened = rows.filter((pl.col("kind") == ledger.HEAD) & ~pl.col("is_snapshot"))
    return opened.select(_HEAD).sort("entry")


def dimensions_of(count: History) -> Dimensions:
    """Return seats, stations and candidates as the count ledger accepted them.

    Raises:
        UserError: it does not hold all of them yet.
    """
    facts = _facts(count)
    dimensions = Dimensions()
    for fact in facts["constituencies"]:
        dimensions.add_seat(fact)
    for fact in facts["candidates"]:
        dimensions.add_candidate(fact)
    told = dimension_counts(facts["ballot_accounts"])
    found = {
        "constituencies": len(dimensions.seats),
        "candidates": len(dimensions.candidates),
    }
    if any(found[topic] != told.get(topic) for topic in found):
        raise UserError(
            "the tally ledgers do not hold all seats and candidates yet",
            why=", ".join(f"{n} of {told.get(topic, '?')} {topic}" for topic, n in found.items()),
            fix="try again when the live count has them: some seconds after its start",
        )
    return dimensions


def sum_as_of(
    histories: Mapping[str, History], dimensions: Dimensions, moment: datetime | None = None
) -> Sum:
    """Add up both ledgers as they were at a time; None for now.

    Args:
        histories: The ledgers, by name.
        dimensions: Seats, stations and candidates: they closed before the count.
        moment: Wall clock; entries up to it count.
    """
    turnout, count = histories[TURNOUT], histories[COUNT]
    increment = Increment(turnout.rows(moment), count.rows(moment))
    claims, totals = Claims(), Totals(dimensions)
    claims.restore(increment)
    totals.add(increment, claims.numbers)
    entries = pl.concat([one.until(moment) for one in histories.values()])
    if not len(entries):
        return Sum(increment, claims, totals, -1, None)
    newest = entries.sort("entry", "as_of").row(-1, named=True)
    return Sum(increment, claims, totals, newest["entry"], newest["as_of"])


def _facts(count: History) -> dict[str, list[Fact]]:
    rows = count.rows(None).filter(pl.col("kind") == ledger.FACT).sort("first_offset")
    found: dict[str, list[Fact]] = defaultdict(list)
    for topic, text in rows.select("topic", "fact").iter_rows():
        found[topic].append(orjson.loads(text))
    return found


def _read(path: str, columns: list[str] | None, segment: int | None) -> pl.DataFrame:
    of_segment = None if segment is None else [("segment", "=", segment)]
    table = dl.DeltaTable(path).to_pyarrow_table(filters=of_segment, columns=columns)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame
