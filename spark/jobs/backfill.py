"""A night counted again from bronze, by the transforms of the live count, into ledgers beside.

The new ledgers are compared with the live ones, sum for sum. With `swap` they take their place:
at its next start the live count then writes every sink anew, and goes on after bronze's offsets.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import deltalake as dl
import polars as pl
from pyspark.sql import SparkSession

from election.errors import UserError
from election.settings import LakeSettings, NightSettings
from election.telemetry import get_logger
from spark.blocks.dimensions import Dimensions
from spark.blocks.rules import NightRules
from spark.jobs.bronze import Partition
from spark.jobs.bronze_night import BronzeNight
from spark.jobs.counting import Count
from spark.jobs.paths import LakePaths
from spark.jobs.recount import MOST_PER_BATCH, Recount
from spark.jobs.tidying import IDLE_AFTER
from spark.session import open_session
from spark.tally.comparison import differences, sums_of
from spark.tally.history import History, Sum, sum_as_of
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, TURNOUT
from spark.transforms.judging import Judging

LEDGERS = (TURNOUT, COUNT)
# A batch is an entry, and an entry is the grain of "as of": smaller ones than a batch job's.
MOST_PER_ENTRY = MOST_PER_BATCH // 5


def run_backfill(night: NightSettings, lake: LakeSettings, *, swap: bool) -> list[str]:
    """Count a night again, compare, and with `swap` put the new ledgers in place.

    Returns:
        A line for each difference; none if both counts are the same.

    Raises:
        UserError: bronze does not hold the night, or the ledgers cannot be swapped.
    """
    paths = LakePaths(lake.lake_path)
    places = Places(paths, night.night_id)
    if swap:
        places.check_swap(datetime.now(UTC))
    spark = open_session(lake, f"tallyhouse backfill {night.night_id}")
    try:
        found = Backfill(spark, night, places).run(to_swap=swap)
    finally:
        spark.stop()
    if swap:
        places.swap(datetime.now(UTC))
    return found


@dataclass(frozen=True)
class Places:
    """Where the ledgers of a night are, and where those made from bronze."""

    paths: LakePaths
    night_id: str

    @property
    def fresh_id(self) -> str:
        """The folder beside the night's, for the ledgers made from bronze."""
        return f"{self.night_id}.from-bronze"

    def sum(self, folder: str, dimensions: Dimensions) -> tuple[Sum, pl.DataFrame]:
        """Return what ledgers add up to now, and their rejections."""
        histories = {name: History(self.paths.ledger(folder, name), name) for name in LEDGERS}
        rejections = [one.rejections() for one in histories.values()]
        whole = pl.concat(rejections, how="diagonal_relaxed")
        return sum_as_of(histories, dimensions), whole

    def fresh(self) -> dict[str, Ledger]:
        """Open new ledgers; what a run before left unfinished is deleted."""
        folder = self.paths.ledgers(self.fresh_id)
        if "://" not in folder:
            shutil.rmtree(folder, ignore_errors=True)
        found = {name: self.paths.ledger(self.fresh_id, name) for name in LEDGERS}
        if any(dl.DeltaTable.is_deltatable(path) for path in found.values()):
            raise UserError(
                "ledgers of an earlier backfill are in the way",
                why=f"{folder} is not empty, and not a folder of this machine",
                fix="delete it and start again",
            )
        return {name: Ledger(path, name, self.night_id) for name, path in found.items()}

    def check_swap(self, now: datetime) -> None:
        """Refuse to swap what cannot be renamed at once, or is being written.

        Raises:
            UserError: saying which.
        """
        if "://" in self.paths.root:
            raise UserError(
                "the ledgers cannot be swapped here",
                why=f"{self.paths.root} is an object store: it cannot rename all or nothing",
                fix="stop the live count, then copy "
                f"{self.paths.ledgers(self.fresh_id)} over {self.paths.ledgers(self.night_id)}",
            )
        for name in LEDGERS:
            newest = History(self.paths.ledger(self.night_id, name), name).entries["as_of"].max()
            if isinstance(newest, datetime) and now - newest < IDLE_AFTER:
                raise UserError(
                    "the live count is running: its ledgers cannot be swapped",
                    why=f"the {name} ledger got an entry {_seconds(now - newest)} s ago",
                    fix="stop the night, wait a minute, and start this again",
                )

    def swap(self, now: datetime) -> Path:
        """Put the new ledgers in place, and keep the old ones beside; return where they are."""
        self.check_swap(now)
        live = Path(self.paths.ledgers(self.night_id))
        aside = Path(self.paths.ledgers(f"{self.night_id}.before-{now:%Y%m%dT%H%M%SZ}"))
        if live.exists():
            os.rename(live, aside)
        os.rename(self.paths.ledgers(self.fresh_id), live)
        return aside


class Backfill:
    """One count of a night from bronze."""

    def __init__(self, spark: SparkSession, night: NightSettings, places: Places) -> None:
        self._spark, self._places = spark, places
        self._rules = NightRules.of(night.election_id, night.polling_date)
        self._bronze = BronzeNight(spark, places.paths, night.night_id)

    def run(self, *, to_swap: bool = False, most: int = MOST_PER_ENTRY) -> list[str]:
        """Count into new ledgers; return what differs from the live ones.

        Raises:
            UserError: the new ledgers are to be swapped in, and would know less than the live ones.
        """
        dimensions, counts = self._bronze.dimensions(self._rules)
        live, live_rejections = self._places.sum(self._places.night_id, dimensions)
        if to_swap:
            _check_reach(live.totals.next_offset, self._bronze.next_offsets)
        elif apart := _apart(live.totals.next_offset, self._bronze.next_offsets):
            return apart  # sums of unequal messages say nothing
        ledgers = self._places.fresh()
        judging = Judging.of(self._spark, dimensions, self._rules)
        again = Count(ledgers, judging, dimensions, counts)
        # Numbers that no sink has: whoever has the old entries is sent the new ones, all of them.
        again.entry = live.entry if live.entry >= 0 else int(time.time())
        recount = Recount(self._bronze, judging)
        for one in self._bronze.slices(most):
            again.take(recount.messages(one), as_of=one.as_of)
            again.snapshot_if_due(now=time.monotonic())
            get_logger().info("counted from bronze", entry=again.entry, messages=one.messages)
        found, rejections = self._places.sum(self._places.fresh_id, dimensions)
        return differences(sums_of(live, live_rejections), sums_of(found, rejections))


def _seconds(since: timedelta) -> int:
    return max(0, int(since.total_seconds()))


def _check_reach(live: Mapping[Partition, int], bronze: Mapping[Partition, int]) -> None:
    missing = sum(max(0, counted - bronze.get(p, 0)) for p, counted in live.items())
    if missing:
        raise UserError(
            "bronze does not hold everything that was counted",
            why=f"{missing:,} messages were not landed when the count stopped",
            fix="continue the night (make demo RESUME=1): the live count lands them",
        )


def _apart(live: Mapping[Partition, int], bronze: Mapping[Partition, int]) -> list[str]:
    """Say where the two are not equally far: their sums cannot be compared then."""
    return [
        f"{topic} {partition}: counted live up to offset {live.get((topic, partition), 0):,}, "
        f"bronze holds them up to {end:,}; nothing else was compared"
        for (topic, partition), end in sorted(bronze.items())
        if end != live.get((topic, partition), 0)
    ]
