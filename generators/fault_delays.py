"""Faults of time: messages sent late, and messages that overtake each other. Pure."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from election.acceptance import LATE_AFTER
from election.topics import event_of
from generators.fault_columns import BEFORE_THE_POLL, FAULT
from generators.fault_rates import FaultRates
from generators.moments import HOUR, MINUTE, SECOND
from generators.streams import choose, log_uniform

_REORDERED = ("voters", "ballots_issued", "votes", "ballot_accounts", "exit_poll")
_LATE_BY_US = (LATE_AFTER // timedelta(microseconds=1) + MINUTE, 2 * HOUR)
_REORDERED_BY_US = (2 * SECOND, 5 * MINUTE)
_BEFORE_THE_POLL_US = (1_000, 5 * SECOND)  # the register phase is short


def delay(
    topic: str, frame: pl.DataFrame, rates: FaultRates, generator: np.random.Generator
) -> pl.DataFrame:
    """Move `sent_at` and release of late messages, and only the release of those out of order."""
    may_wait = _may_wait(topic, frame)
    event = event_of(topic)
    if event.can_be_late and event.occurred_at:
        rows = may_wait[choose(generator, len(may_wait), rates.late)]
        by = log_uniform(generator, *_LATE_BY_US, len(rows))
        moved = _moved(frame[event.occurred_at], rows, by)
        frame = _overwrite(frame, moved, "late", "sent_at", "release_at")
    if topic in _REORDERED:
        rows = may_wait[choose(generator, len(may_wait), rates.reorder)]
        bounds = _BEFORE_THE_POLL_US if topic in BEFORE_THE_POLL else _REORDERED_BY_US
        moved = _moved(frame["release_at"], rows, log_uniform(generator, *bounds, len(rows)))
        frame = _overwrite(frame, moved, "reorder", "release_at")
    return frame


def _may_wait(topic: str, frame: pl.DataFrame) -> np.ndarray:
    """Rows that may wait; what the count waits for, and versions that are replaced, may not."""
    if topic == "ballot_accounts":
        return np.flatnonzero((frame["kind"] != "dimensions").to_numpy())
    if topic == "declarations":
        return np.flatnonzero(frame["is_last"].to_numpy())
    return np.arange(frame.height)


def _moved(times: pl.Series, rows: np.ndarray, by: np.ndarray) -> pl.Series:
    """Return a column of times that are moved in these rows and null in all others."""
    is_moved = np.zeros(len(times), dtype=bool)
    is_moved[rows] = True
    values = times.to_physical().to_numpy().copy()
    values[rows] += by.astype(np.int64)
    column = pl.Series("moved", values).cast(times.dtype)
    return column.set(pl.Series(~is_moved), None)


def _overwrite(frame: pl.DataFrame, moved: pl.Series, fault: str, *columns: str) -> pl.DataFrame:
    is_marked = moved.is_not_null() & frame["fault"].is_null()
    return frame.with_columns(
        *(pl.coalesce(moved, pl.col(column)).alias(column) for column in columns),
        pl.when(is_marked).then(pl.lit(fault, FAULT)).otherwise(pl.col("fault")).alias("fault"),
    )
