"""How fast the machine is just now: a piece of work that never changes, on every core at once.

What shares its processors from outside shows in no load average: the same row differs by a third
from one day to the next, and so does this. `python -m bench.reference` is one core's part.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

TIMES = 5
STEPS = 1_000_000
NUMBERS = 1_000_000


def reference_ms() -> float:
    """Return how long the slowest core takes for it, beside all others, in milliseconds."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as side_by_side:
        return max(side_by_side.map(_one_core_ms, range(cores)))


def _one_core_ms(_: int) -> float:
    command = [sys.executable, "-m", "bench.reference"]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _work() -> None:
    """An interpreter's loop, and a sort that does not fit into a core's cache."""
    total = 0
    for step in range(STEPS):
        total += step * step % 7
    np.random.default_rng(1).permutation(NUMBERS).sort()


def _took_ms() -> float:
    began = time.perf_counter()
    _work()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    print(round(statistics.median(_took_ms() for _ in range(TIMES)), 1))
