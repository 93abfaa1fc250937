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
from dataclasses import dataclass

import numpy as np

TIMES = 5
STEPS = 1_000_000
NUMBERS = 1_000_000


@dataclass(frozen=True)
class Reference:
    """How long the slowest core took for it: by the clock, and of the work's own CPU time."""

    wall_ms: float
    cpu_ms: float


def reference() -> Reference:
    """Do it on every core at once."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as side_by_side:
        walls, own = zip(*side_by_side.map(_one_core, range(cores)), strict=True)
    return Reference(max(walls), max(own))


def _one_core(_: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "bench.reference"]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    wall_ms, cpu_ms = map(float, said.split())
    return wall_ms, cpu_ms


def _work() -> None:
    """An interpreter's loop, and a sort that does not fit into a core's cache."""
    total = 0
    for step in range(STEPS):
        total += step * step % 7
    np.random.default_rng(1).permutation(NUMBERS).sort()


def _took_ms() -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    _work()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)


if __name__ == "__main__":
    print(*map(statistics.median, zip(*(_took_ms() for _ in range(TIMES)), strict=True)))
