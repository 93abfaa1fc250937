"""Dense numbers from 1: of electors in a station, papers in a book, papers in a batch."""

from __future__ import annotations

import numpy as np


def numbers_within(sizes: np.ndarray) -> np.ndarray:
    """Return 1..n for each size n, one after the other."""
    starts = np.cumsum(sizes) - sizes
    return (np.arange(int(sizes.sum())) - np.repeat(starts, sizes) + 1).astype(np.int32)


def number_runs(values: np.ndarray) -> np.ndarray:
    """Return 1, 2, 3 … anew for each run of equal values."""
    if not len(values):
        return np.empty(0, dtype=np.int32)
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    return numbers_within(np.diff(np.append(starts, len(values))))


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """Split a whole number by weights with largest remainders."""
    quotas = total * weights / max(float(weights.sum()), 1e-300)
    parts = np.floor(quotas).astype(np.int64)
    left = total - int(parts.sum())
    parts[np.argsort(parts - quotas, kind="stable")[:left]] += 1
    return parts
