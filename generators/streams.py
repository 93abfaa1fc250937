"""Random streams: every number is a function of (seed, purpose, source, position)."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def stream(seed: int, purpose: str, source: str = "") -> np.random.Generator:
    """Return the stream of one purpose and source (a seat, a region, a topic).

    Streams are independent of each other and of the order in which they are asked for.
    """
    digest = blake2b(f"{purpose}/{source}".encode(), digest_size=8).digest()
    key = np.array([seed % 2**64, int.from_bytes(digest, "big")], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key))


def stochastic_round(generator: np.random.Generator, value: float) -> int:
    """Round up with the probability of the fraction, so that rates hold on average."""
    return int(value + generator.random())


def log_uniform(generator: np.random.Generator, low: float, high: float, size: int) -> np.ndarray:
    """Draw numbers whose logarithm is uniform between two bounds."""
    return np.exp(generator.uniform(np.log(low), np.log(high), size))


def choose(generator: np.random.Generator, count: int, rate: float) -> np.ndarray:
    """Choose a share of `count` positions, each at most once, in ascending order."""
    chosen = generator.choice(
        count, min(count, stochastic_round(generator, count * rate)), replace=False, shuffle=False
    )
    return np.sort(chosen)
