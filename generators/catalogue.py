"""The identifiers of a contest as closed column types: compact, and checked against a list."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from election.events import AGE_BANDS, EDUCATION_LEVELS, METHODS, REJECTION_REASONS, SEXES

AGE = pl.Enum(AGE_BANDS)
SEX = pl.Enum(SEXES)
EDUCATION = pl.Enum(EDUCATION_LEVELS)
METHOD = pl.Enum(METHODS)
REJECTION = pl.Enum(REJECTION_REASONS)


def enum_of(values: Iterable[str]) -> pl.Enum:
    """Return the type of columns that hold these values alone, coded by position."""
    return pl.Enum(list(values))


def labels(name: str, codes: np.ndarray, kind: pl.Enum) -> pl.Series:
    """Return a column of the values at these positions; null where the position is negative."""
    column = pl.Series(name, codes)
    if column.dtype.is_signed_integer() and len(column) and column.min() < 0:  # type: ignore[operator]
        column = pl.select(pl.when(column >= 0).then(column).alias(name)).to_series()
    return column.cast(pl.UInt32).cat.to(kind)
