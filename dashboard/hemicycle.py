"""Where the seats of a hemicycle lie: half circles around one point, filled from left to right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

INNER = 0.42  # radius of the innermost half circle; the outermost has 1


@dataclass(frozen=True)
class Dots:
    """The seats from left to right as (x, y), and the radius that lets none touch another.

    x goes from -1 (left) to 1 (right), y from 0 (the floor) to 1 (the top).
    """

    points: tuple[tuple[float, float], ...]
    radius: float


@lru_cache(maxsize=8)
def dots(seats: int) -> Dots:
    """Return as many dots as there are seats, evenly spread."""
    if seats < 1:
        return Dots((), 0.0)
    rows = _rows(seats)
    radii = [INNER + (1 - INNER) * row / max(1, rows - 1) for row in range(rows)] or [1.0]
    angles = [
        (math.pi * (1 - (n + 0.5) / there), radius)
        for radius, there in zip(radii, _shares(seats, radii), strict=True)
        for n in range(there)
    ]
    angles.sort(key=lambda dot: (-round(dot[0], 9), dot[1]))
    points = tuple((radius * math.cos(angle), radius * math.sin(angle)) for angle, radius in angles)
    return Dots(points, 0.41 * math.pi * sum(radii) / max(seats, rows * rows))


def _rows(seats: int) -> int:
    """Return the half circles with which dots stand as far apart across as along."""
    square = 2 * seats * (1 - INNER) / (math.pi * (1 + INNER))
    return max(1, round((1 + math.sqrt(1 + 4 * square)) / 2))


def _shares(seats: int, radii: list[float]) -> list[int]:
    """Share the seats among half circles by their length, largest remainders first."""
    exact = [seats * radius / sum(radii) for radius in radii]
    shares = [math.floor(share) for share in exact]
    by_rest = sorted(range(len(radii)), key=lambda row: (shares[row] - exact[row], row))
    for row in by_rest[: seats - sum(shares)]:
        shares[row] += 1
    return shares
