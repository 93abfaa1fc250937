"""A night counted once more, by the transforms of the live count, into ledgers beside its own.

Both are compared, sum for sum. The new ones begin with nothing, or with the live ones as they were
after some entry; they can take the place of the live ones.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import deltalake as dl
import polars as pl
from pyspark.sql import SparkSession

from election.errors import UserError
from election.settings import NightSettings
from election.telemetry import get_logger
from spark.blocks.dimensions import Dimensions
from spark.blocks.rules import NightRules
from spark.jobs.counting import Count
from spark.jobs.night_log import NightLog, Offsets
from spark.jobs.paths import LakePaths
from spark.jobs.recount import MOST_PER_BATCH, Recount
from spark.schema_version import version_of
from spark.tally.comparison import differences, sums_of
from spark.tally.history import History, Sum, sum_as_of
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, SCHEMAS, TURNOUT, VERSIONS
from spark.tally.segments import summed
from spark.transforms.judging import Judging

LEDGERS = (TURNOUT, COUNT)
# A batch is an entry, and an entry is the grain of "as of": smaller ones than a batch job's.
MOST_PER_ENTRY = MOST_PER_BATCH // 5


@dataclass(frozen=True)
class Places:
    """Where the ledgers of a night are, and where those that are made beside them."""

    paths: LakePaths
    night_id: str
    beside: str = "rebuilt"
    epoch: int = 0
    """Of the lease under which ledgers are written."""

    @property
    def fresh_id(self) -> str:
        """The folder beside the night's, for new ledgers."""
        return f"{self.night_id}.{self.beside}"

    def histories(self, folder: str) -> dict[str, History]:
        """Open what the ledgers of a folder hold now."""
        return {name: History(self.paths.ledger(folder, name), name) for name in LEDGERS}

    def sum(self, folder: str, dimensions: Dimensions) -> tuple[Sum, pl.DataFrame]:
        """Return what ledgers add up to now, and their rejections."""
        histories = self.histories(folder)
        rejections = [one.rejections(None) for one in histories.values()]
        whole = pl.concat(rejections, how="diagonal_relaxed")
        return sum_as_of(histories, dimensions), whole

    def ledgers(self, folder: str) -> dict[str, Ledger]:
        """Open the ledgers of a folder for writing."""
        return {
            n: Ledger(self.paths.ledger(folder, n), n, self.night_id, epoch=self.epoch)
            for n in LEDGERS
        }

    def outdated(self) -> list[str]:
        """Return a line for each live ledger whose schema version is not this program's."""
        places = {name: self.paths.ledger(self.night_id, name) for name in LEDGERS}
        there = {
            name: version_of(dl.DeltaTable(path))
            for name, path in places.items()
            if dl.DeltaTable.is_deltatable(path)
        }
        return [
            f"ledger {name}: schema version {version} live, {VERSIONS[name]} from this program"
            for name, version in there.items()
            if version != VERSIONS[name]
        ]

    def fresh(self) -> dict[str, Ledger]:
        """Open new ledgers; what a run before left unfinished is deleted."""
        self.clear()
        found = [self.paths.ledger(self.fresh_id, name) for name in LEDGERS]
        if any(dl.DeltaTable.is_deltatable(path) for path in found):
            raise UserError(
                "ledgers of an earlier run are in the way",
                why=f"{self.paths.ledgers(self.fresh_id)} is not empty, and not a folder of this "
                "machine",
                fix="delete it and start again",
            )
        return self.ledgers(self.fresh_id)

    def clear(self) -> None:
        """Delete the ledgers beside."""
        folder = self.paths.ledgers(self.fresh_id)
        if "://" not in folder:
            shutil.rmtree(folder, ignore_errors=True)

    def check_swap(self) -> None:
        """Refuse to swap what cannot be renamed at once.

        Raises:
            UserError: the lake is an object store.
        """
        if "://" in self.paths.root:
            raise UserError(
                "the ledgers cannot be swapped here",
                why=f"{self.paths.root} is an object store: it cannot rename all or nothing",
                fix="compare alone (SWAP=0), then copy "
                f"{self.paths.ledgers(self.fresh_id)} over {self.paths.ledgers(self.night_id)}",
            )

    def swap(self, now: datetime) -> Path:
        """Put the new ledgers in place, and keep the old ones beside; return where they are."""
        self.check_swap()
        live = Path(self.paths.ledgers(self.night_id))
        aside = Path(self.paths.ledgers(f"{self.night_id}.before-{now:%Y%m%dT%H%M%SZ}"))
        if live.exists():
            os.rename(live, aside)
        os.rename(self.paths.ledgers(self.fresh_id), live)
        return aside


class CountBeside:
    """One more count of a night.

    Args:
        spark: The session.
        night: Which night.
        places: Where its ledgers are.
        log: Where its messages are.
        outdated: What keeps the live ledgers from being read; then nothing is compared with them.

    Raises:
        UserError: the log does not hold the register, or not everything that was counted.
    """

    def __init__(
        self, spark: SparkSession, night: NightSettings, places: Places, log: NightLog,
        *, outdated: Sequence[str] = (),
    ) -> None:  # fmt: skip
        rules = NightRules.of(night.election_id, night.polling_date)
        self._places, self._log = places, log
        self.dimensions, self.dimension_counts = log.dimensions(rules)
        self.judging = Judging.of(spark, self.dimensions, rules)
        self._recount = Recount(log, self.judging)
        self.outdated = outdated
        self.live, self._rejections = (
            (Sum.nothing(self.dimensions), pl.DataFrame(schema=SCHEMAS[COUNT]))
            if outdated
            else places.sum(places.night_id, self.dimensions)
        )
        log.check_reach(self.live.totals.next_offset)
        self._counted: Count | None = None
        self.messages = 0
        """How many were counted once more, so far."""

    def compare(self, *, after: int | None = None, most: int = MOST_PER_ENTRY) -> list[str]:
        """Count as far as the live ledgers do; return what differs from them.

        Where those cannot be read, all is counted, and what keeps them from it is returned.

        Args:
            after: Begin with the live ledgers as they were after this entry; None: with nothing.
            most: Messages an entry, about.
        """
        ledgers = self._places.fresh()
        if after is not None:
            self._begin(ledgers, after)
        self._counted = Count(ledgers, self.judging, self.dimensions, self.dimension_counts)
        # Numbers that no sink has: whoever has the old entries is sent the new ones, all of them.
        self._counted.entry = self.live.entry if self.live.entry >= 0 else int(time.time())
        if self.outdated:
            self.finish(most=most)
            return list(self.outdated)
        self._count_to(self._all(self.live.totals.next_offset), most)
        found, rejections = self._places.sum(self._places.fresh_id, self.dimensions)
        live = sums_of(self.live, self._rejections)
        return differences(live, sums_of(found, rejections), self._log.name)

    @property
    def newest(self) -> int:
        """The newest entry of the ledgers beside."""
        assert self._counted is not None, "compare first"
        return self._counted.entry

    def finish(self, *, most: int = MOST_PER_ENTRY) -> None:
        """Go on to the end of the log."""
        self._count_to(self._log.next_offsets, most)

    def _count_to(self, end: Offsets, most: int) -> None:
        assert self._counted is not None, "compare first"
        start = self._all(self._counted.totals.next_offset)
        for one in self._log.slices(most, start, end):
            self._counted.take(self._recount.messages(one), as_of=one.as_of)
            self._counted.snapshot_if_due(now=time.monotonic())
            get_logger().info("counted again", entry=self._counted.entry, messages=one.messages)
        self._counted.settle()
        self.messages += sum(end.values()) - sum(start.values())

    def _begin(self, ledgers: Mapping[str, Ledger], entry: int) -> None:
        """Let new ledgers begin with the live ones as they were after an entry."""
        for name, history in self._places.histories(self._places.night_id).items():
            parts = [summed(history.rows(entry), name), history.rejections(entry)]
            rows = pl.concat(parts, how="diagonal_relaxed")
            if len(rows):
                ledgers[name].append(rows, entry, datetime.now(UTC))

    def _all(self, counted: Mapping[tuple[str, int], int]) -> Offsets:
        return {p: counted.get(p, 0) for p in self._log.next_offsets}
