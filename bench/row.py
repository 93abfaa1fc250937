"""What a row of the speed table is, and what one run of it gives."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.machine import Bench


@dataclass(frozen=True)
class Measured:
    """One run: the figure, its CPU, and whatever explains it."""

    value: float
    cpu_us_per_event: float | None = None
    more: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, float] = field(default_factory=dict)
    """Figures of other rows, by name, that the same run gives."""


@dataclass(frozen=True)
class Row:
    """One row of the table: `must` and `aim` in the row's unit."""

    name: str
    what: str
    unit: str
    must: float
    aim: float
    higher_is_better: bool
    run: Callable[[Bench], Measured]
    in_default_run: bool = True
    runs_alone: int = 3  # times that `ROW=` measures it
    measured_with: str = ""
    """The row whose run gives this one's figure too."""

    def meets(self, value: float, target: float) -> bool:
        """Say whether a figure reaches a target."""
        return value >= target if self.higher_is_better else value <= target


@dataclass(frozen=True)
class Result:
    """A row's runs: the median stands for them, the range says how much to trust it."""

    row: Row
    runs: list[Measured]

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(run.value for run in self.runs)

    def as_record(self) -> dict[str, Any]:
        """Return what the result file keeps."""
        values = [run.value for run in self.runs]
        return {
            "name": self.row.name,
            "what": self.row.what,
            "unit": self.row.unit,
            "must": self.row.must,
            "aim": self.row.aim,
            "median": self.median,
            "range": [min(values), max(values)],
            "cpu_us_per_event": self.runs[0].cpu_us_per_event,
            "meets_must": self.row.meets(self.median, self.row.must),
            "meets_aim": self.row.meets(self.median, self.row.aim),
            "more": self.runs[-1].more,
        }
