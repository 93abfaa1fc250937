"""The states that a page can be in, each as a scene that shows it and the words that say it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.fake_warehouse import FakeWarehouse, NoDatabase
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import views
from dashboard.warehouse import Reads

HOUR = timedelta(hours=1)
VIEWS = tuple(
    sorted(
        view.stem for view in Path(views.__file__).parent.glob("*.py") if view.stem != "__init__"
    )
)


@dataclass(frozen=True)
class State:
    """When in the night, what is different, and what pages say.

    `everywhere` is on each page; `tonight` on the first one alone.
    """

    name: str
    at: datetime | None = None  # None: no night
    tonight: str = ""
    everywhere: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    read_ago_s: float | None = None  # the warehouse is gone since
    is_reached: bool = True

    def scene(self, now: datetime) -> Scene | None:
        """Return the scene that shows it."""
        return Scene(at=self.at, now=now, **self.changes) if self.at else None

    def warehouse(self) -> Reads:
        """Return a warehouse that answers as it is in this state."""
        if not self.is_reached:
            return NoDatabase()
        now = datetime.now(UTC)
        gone = None if self.read_ago_s is None else now - timedelta(seconds=self.read_ago_s)
        return FakeWarehouse(self.scene(now), last_read_at=gone)

    @property
    def is_secret(self) -> bool:
        """Return whether nothing about choices may be seen."""
        return self.at is not None and self.at < CLOSES_AT


COUNTING, COMPLETE = CLOSES_AT + 5 * HOUR, CLOSES_AT + 20 * HOUR
STATES = (
    State("never_connected", None, "The numbers cannot be reached", "cannot be read",
          is_reached=False),
    State("no_data", None, "No election night yet", "No election night yet"),
    State("before_polls", OPENS_AT - 3 * HOUR, "Polls open Thu 2 May 2030", "Before the poll"),
    State("embargo", OPENS_AT + 9 * HOUR, "Polls are open until 22:00 BST", "withheld until"),
    State("first_votes", CLOSES_AT + 0.8 * HOUR, "no seat declared yet", "Counting"),
    State("partial", COUNTING, "Labour ahead", "99 of 650"),
    State("lead_change", CLOSES_AT + timedelta(hours=2, minutes=25), "Lead change", "Counting"),
    State("final", COMPLETE, "overall majority", "All declared",
          changes={"night_status": "complete"}),
    State("corrected", COUNTING, "4 declarations corrected", "to be corrected",
          changes={"pending": frozenset({"SYN-EMI-001"})}),
    State("stale_amber", COUNTING, "Labour ahead", "The numbers are 2 min old",
          changes={"numbers_age_s": 100, "spark_state": "stale"}),
    State("stale_red", COUNTING, "Labour ahead", "The numbers are 7 min old",
          changes={"numbers_age_s": 400, "spark_state": "stale"}),
    State("warehouse_down", COUNTING, "Labour ahead", "last good numbers", read_ago_s=42),
    State("not_reconciled", COUNTING, "Labour ahead", "votes dbt equal spark in Alderton",
          changes={"outcome": "fail", "failures": 1}),
    State("last_good_edition", COUNTING, "Labour ahead", "stay at the last good edition, 7",
          changes={"outcome": "fail", "failures": 2}),
    State("checks_late", COUNTING, "Labour ahead", "last compared 7 min ago",
          changes={"checked_age_s": 400}),
    State("replay", COUNTING, "Labour ahead", "Replay 1:100",
          changes={"is_synthetic": False, "title": "Replay of the election of 8 June 2017"}),
)  # fmt: skip
BY_NAME = {state.name: state for state in STATES}
