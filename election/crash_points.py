"""Where a process can be told to die: the commit boundaries of every stage, by name.

`CRASH_PLAN` names a file that says at which visits of which points; without it a point costs one
look at a variable. Each crash of a plan happens once, whoever is started again.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

POINTS = (
    "generator.queued",  # a batch is with the producer, nothing of it acknowledged
    "generator.before_note",  # acknowledged, not in ops.produced
    "generator.noted",
    "ingestion.extracted",
    "ingestion.normalised",
    "ingestion.loaded",  # in raw, not in the books
    "ingestion.booked",  # in the books, group offsets not committed
    "spark.leased",  # the night is taken over, nothing is counted under it
    "spark.reduced",
    "spark.uncommitted",  # with the broker in a transaction that is open
    "spark.rejected_sent",  # in rejected_events, not in a ledger
    "spark.between_ledgers",  # in one ledger of two
    "spark.appended",  # in the ledgers, in no sink
    "spark.before_commit",  # in PostgreSQL's open transaction
    "spark.projected",  # in PostgreSQL, not in results
    "spark.emitted",  # in every sink, the next batch not
    "spark.before_snapshot",
    "spark.snapshot_taken",  # a new segment, the old one not compacted
    "bronze.block_written",  # in a worker, in the middle of a file
    "bronze.files_written",  # files that no version has
    "bronze.committed",
    "bronze.landed",  # in the books, not in the chain of hashes
    "dbt.model_built",  # between two models of a run
    "dbt.copied",  # a copy of the marts stands beside, unchecked
    "dbt.put_in_place",  # in place, not registered: in PostgreSQL one open transaction
    "dbt.published",  # it is in place, its run not written down
    "dbt.built",  # a run is built and published, and not written down
    "dbt.noted",
)


@dataclass(frozen=True)
class Crash:
    """One planned death: at the n-th visit of a point by one process, counted from 1."""

    point: str
    visit: int


def reached(point: str) -> None:
    """Die here if the plan says so."""
    plan = os.environ.get("CRASH_PLAN")
    if plan:
        _visit(plan, point)


def write_plan(path: Path, crashes: list[Crash]) -> None:
    """Write a plan.

    Raises:
        ValueError: a point of it does not exist.
    """
    unknown = {crash.point for crash in crashes} - set(POINTS)
    if unknown:
        raise ValueError(f"no such crash points: {sorted(unknown)}")
    path.write_text(json.dumps([vars(crash) for crash in crashes]))


def fired(path: Path) -> list[Crash]:
    """Return the crashes of a plan that happened."""
    crashes = _read(str(path))
    return [crash for i, crash in enumerate(crashes) if _mark(str(path), i).exists()]


_visits: Counter[str] = Counter()
_one_by_one = threading.Lock()  # a stage's threads may come to points at once


def _visit(plan: str, point: str) -> None:
    with _one_by_one:
        _visits[point] += 1
        visit = _visits[point]
    for i, crash in enumerate(_read(plan)):
        if crash.point == point and crash.visit == visit:
            try:
                _mark(plan, i).touch(exist_ok=False)
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)


@cache
def _read(plan: str) -> tuple[Crash, ...]:
    return tuple(Crash(**crash) for crash in json.loads(Path(plan).read_text()))


def _mark(plan: str, number: int) -> Path:
    return Path(f"{plan}.{number}.fired")
