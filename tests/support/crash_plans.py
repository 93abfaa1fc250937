"""Seeded plans of what dies in a night, and when (pure)."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import Any

from election.crash_points import POINTS, Crash

STAGES = ("generator", "ingestion", "spark", "bronze", "dbt")
SERVICES = ("kafka", "postgres", "spark", "ingestion", "generator", "dbt")
SPEEDS = ("max", "max", "10800", "5400")
MOST_CRASHES, MOST_KILLS = 4, 3
LATEST_VISIT, LATEST_KILL_S = 4, 25.0


@dataclass(frozen=True)
class Kill:
    """SIGKILL of a whole service, so long after the generator began."""

    service: str
    after_s: float


@dataclass(frozen=True)
class Plan:
    """One night: how fast it runs and what dies in it. Its seed and number make it again."""

    seed: int
    number: int
    speed: str
    crashes: tuple[Crash, ...]
    kills: tuple[Kill, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the plan for a result file."""
        return asdict(self)


def plan_of(seed: int, number: int) -> Plan:
    """Return a plan: the first ones visit each crash point once, all others are drawn."""
    draw = random.Random(f"{seed}/{number}")
    if number < len(POINTS):
        return Plan(seed, number, "max", (Crash(POINTS[number], 1),))
    crashes = tuple(
        Crash(draw.choice(POINTS), draw.randint(1, LATEST_VISIT))
        for _ in range(draw.randint(0, MOST_CRASHES))
    )
    kills = tuple(
        Kill(draw.choice(SERVICES), round(draw.uniform(0, LATEST_KILL_S), 1))
        for _ in range(draw.randint(0 if crashes else 1, MOST_KILLS))
    )
    return Plan(seed, number, draw.choice(SPEEDS), crashes, kills)


def every_point(seed: int, nights: int) -> list[Plan]:
    """Return few plans that visit all points: as many of each stage in every night."""
    by_stage = [[p for p in POINTS if p.split(".")[0] == stage] for stage in STAGES]
    dealt = [point for stage in by_stage for point in stage]
    return [
        Plan(seed, number, "max", tuple(Crash(point, 1) for point in dealt[number::nights]))
        for number in range(nights)
    ]
