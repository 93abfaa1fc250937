"""What the services of a night take of the machine, and whether it grows (the judging is pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.processes import taken_by

# Both are shares of the whole time. Before the first everything is still warming up.
EARLY, LATE = (0.20, 0.45), (0.75, 1.00)
MORE_IS_GROWTH = 1.10
# What a service may take on without it being growth: a pool, a cache, a worker.
MORE_MB, MORE_FILES = 64.0, 16


@dataclass(frozen=True)
class Usage:
    """Of a service with all its processes: proportional set size in MB, open files.

    PostgreSQL's buffers are left out: a cache of a size that is set, which is full some time.
    """

    megabytes: float
    files: int


@dataclass(frozen=True)
class Sample:
    """What each service that ran took at one time."""

    at_s: float
    services: Mapping[str, Usage]


def usage_of(pids: Mapping[str, int]) -> dict[str, Usage]:
    """Return what services take now; one that is gone is left out."""
    families = {name: list(taken_by(pid)) for name, pid in pids.items()}
    return {
        name: Usage(
            sum(one.pss - one.shared for one in family) / 1e6, sum(one.files for one in family)
        )
        for name, family in families.items()
        if family
    }


@dataclass(frozen=True)
class Change:
    """The medians of a service early and late in a run."""

    service: str
    early: Usage
    late: Usage

    @property
    def is_growth(self) -> bool:
        """More than a tenth, and more than a service may take on."""
        return (
            self.late.megabytes > self.early.megabytes * MORE_IS_GROWTH + MORE_MB
            or self.late.files > self.early.files * MORE_IS_GROWTH + MORE_FILES
        )


def changes(samples: Sequence[Sample]) -> list[Change]:
    """Return how each service changed that is seen both early and late."""
    whole = samples[-1].at_s
    found = []
    for name in sorted({name for sample in samples for name in sample.services}):
        early, late = (
            [s.services[name] for s in samples
             if name in s.services and first <= s.at_s / whole <= last]
            for first, last in (EARLY, LATE)
        )  # fmt: skip
        if early and late:
            found.append(Change(name, _median(early), _median(late)))
    return found


def _median(usages: Sequence[Usage]) -> Usage:
    return Usage(median(u.megabytes for u in usages), int(median(u.files for u in usages)))
