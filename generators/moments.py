"""Times as integers: microseconds since 1970, UTC, as the plan computes with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

UTC_US = pl.Datetime("us", "UTC")
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """Return a time of any zone as microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return microseconds since 1970 as a time in UTC."""
    return _EPOCH + _MICROSECOND * int(microseconds)


def as_times(name: str, microseconds: np.ndarray) -> pl.Series:
    """Return a column of times from microseconds since 1970, UTC."""
    return pl.Series(name, microseconds.astype(np.int64)).cast(UTC_US)
