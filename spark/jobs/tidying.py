"""Small files of the lake become large ones, and what nobody can ask for any more is deleted.

Files stay for as long as their table's retention says (a week), so that time travel and readers
that began before keep working.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import deltalake as dl
from pyspark.sql import SparkSession

from spark.jobs.paths import LakePaths
from spark.tally.history import History
from spark.tally.rows import COUNT, TURNOUT

# A ledger has one writer, and it compacts for itself: it is left alone while it counts.
IDLE_AFTER = timedelta(minutes=1)


def tidy_table(spark: SparkSession, path: str, where: str) -> tuple[int, int]:
    """Compact a part of a table that Spark appends to; return how many files it was and is."""
    before = _files(path)
    spark.sql(f"optimize delta.`{path}` where {where}")
    delete_unused(path)
    return before, _files(path)


def delete_unused(path: str) -> None:
    """Delete files that no version within retention has."""
    # Not by Spark: it lists the folders in thousands of tasks.
    dl.DeltaTable(path).vacuum(dry_run=False)


def tidy_ledgers(paths: LakePaths, night_id: str, now: datetime) -> str:
    """Compact the ledgers of a night that is not being counted; return a line about it."""
    places = {name: paths.ledger(night_id, name) for name in (TURNOUT, COUNT)}
    newest = max(
        (History(place, name).entries["as_of"].max() for name, place in places.items()),
        key=lambda at: at or datetime.min.replace(tzinfo=UTC),
    )
    if isinstance(newest, datetime) and now - newest < IDLE_AFTER:
        age = max(0, int((now - newest).total_seconds()))
        return f"ledgers left as they are: an entry was written {age} s ago"
    counts = []
    for name, place in places.items():
        if not dl.DeltaTable.is_deltatable(place):
            continue
        table = dl.DeltaTable(place)
        before = len(table.file_uris())
        table.optimize.compact()
        table.vacuum(dry_run=False)
        table.create_checkpoint()
        counts.append(f"{name} {before} files -> {len(table.file_uris())}")
    return f"ledgers compacted: {', '.join(counts)}"


def _files(path: str) -> int:
    return len(dl.DeltaTable(path).file_uris())
