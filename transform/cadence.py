"""The loop of a night: one incremental run each cadence, until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from math import ceil
from threading import Event, Timer
from typing import Protocol, Self

import psycopg

from election import crash_points
from election.telemetry import get_logger
from transform.ledger import Ledger
from transform.outcome import Outcome
from transform.selection import CADENCE, CADENCE_WITH_FACTS

INCREMENTAL, FULL = "incremental", "full"
FACTS_EVERY = 4  # runs: nothing live reads dimensions and facts, and they are a fifth of a run
HANGS_AFTER = timedelta(minutes=10)
LOOK_EVERY = timedelta(seconds=2)  # whether the night is over


class Runner(Protocol):
    """What runs dbt; see `transform.invocation.Dbt`."""

    def run(self, *invocations: Sequence[str]) -> Outcome:
        """Run invocations one after the other."""
        ...

    def final(self) -> Self:
        """Return the same for a night with nothing to come."""
        ...

    def of_edition(self) -> Self:
        """Return the same with invariants that look at the edition beside."""
        ...

    def marts(self) -> list[str]:
        """Return the names of the marts."""
        ...


class Publisher(Protocol):
    """What follows a run of dbt; see `transform.publishing.Editions`."""

    def after(self, outcome: Outcome) -> Outcome:
        """Publish, or leave the last good edition; return the outcome of run and publishing."""
        ...


@dataclass(frozen=True)
class Cadence:
    """Everything a run needs; `now` is the wall clock, `is_over` says that no more will come.

    `has_begun` says that Spark has counted something: a run that the first count comes into the
    middle of finds tables that do not fit together.

    A run begins `every` after the one before began; if that took more than half of it, as long
    after its end as it took, `every` at most.
    """

    dbt: Runner
    publisher: Publisher
    ledger: Ledger
    every: timedelta
    now: Callable[[], datetime]
    is_over: Callable[[], bool] = lambda: False
    has_begun: Callable[[], bool] = lambda: True
    hangs_after: timedelta = HANGS_AFTER
    # The newest run that broke and that the database has not taken yet: outcome, start and end.
    unwritten: list[tuple[Outcome, datetime, datetime]] = field(default_factory=list)

    def until(self, stop: Event) -> None:
        """Run every cadence; a failed run is written down and tried again.

        The first comes a cadence after the count has begun: there is nothing to count but names
        then, and everything else is starting too.
        """
        while not self._says(self.has_begun):
            if self._ends_within(LOOK_EVERY, stop):
                return
        rest = self.every
        for number in count():
            if self._ends_within(rest, stop):
                return
            started = self.now()
            outcome = self.once(started, with_facts=number % FACTS_EVERY == 0)
            self._report(outcome, started)
            rest = self._rest(self.now() - started)

    def _ends_within(self, rest: timedelta, stop: Event) -> bool:
        """Wait between two runs, and no longer once no more will come; say whether it is so."""
        looks = max(1, ceil(rest / LOOK_EVERY))
        each = rest.total_seconds() / looks
        return any(stop.wait(each) or self._says(self.is_over) for _ in range(looks))

    def _rest(self, took: timedelta) -> timedelta:
        """Return how long to wait: a slow machine counts live, not for the checks alone."""
        return max(self.every - took, min(took, self.every))

    def _says(self, look: Callable[[], bool]) -> bool:
        try:
            return look()
        except psycopg.Error as problem:  # the next look will tell
            get_logger().warning("not known how far the night is", problem=str(problem))
            return False

    def once(self, started: datetime, *, with_facts: bool) -> Outcome:
        """Make one incremental run and publish what passes; whatever breaks is its outcome."""
        try:
            self._write_what_broke()
            with self.ledger.alone(), self._watched(started):
                run = self.dbt.run(CADENCE_WITH_FACTS if with_facts else CADENCE)
                outcome = self.publisher.after(run)
            crash_points.reached("dbt.built")
            self.ledger.write_run(INCREMENTAL, outcome, started, self.now())
            crash_points.reached("dbt.noted")
        except Exception as problem:  # the loop outlives every failure: the next run tries again
            outcome = Outcome("error", 1, (f"{type(problem).__name__}: {problem}",))
            self._note(outcome, started)
        return outcome

    @contextmanager
    def _watched(self, started: datetime) -> Iterator[None]:
        """Write a run down as broken while it is still going, once it has gone for too long."""
        minutes = self.hangs_after.total_seconds() / 60
        hung = Outcome("error", 1, (f"a run of dbt has not ended for {minutes:g} minutes",))
        timer = Timer(self.hangs_after.total_seconds(), self._note, (hung, started))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # what it is writing down comes before what the run comes to

    def _note(self, outcome: Outcome, started: datetime) -> None:
        self.unwritten[:] = [(outcome, started, self.now())]
        try:
            self._write_what_broke()
        except Exception as problem:  # written by the next run, if the database answers then
            get_logger().warning("a broken run is not written down yet", problem=str(problem))

    def _write_what_broke(self) -> None:
        """Write down the run that broke: or the newest one known would be one that passed."""
        for run in tuple(self.unwritten):
            self.ledger.write_run(INCREMENTAL, *run)
            self.unwritten.remove(run)

    def _report(self, outcome: Outcome, started: datetime) -> None:
        took = (self.now() - started).total_seconds()
        detail = f"{outcome.verdict} in {took:.1f} s"
        get_logger().info("dbt run", verdict=outcome.verdict, seconds=round(took, 1))
        for problem in outcome.problems:
            get_logger().warning("dbt run", problem=problem)
        error = "; ".join(outcome.problems)[:500] or None
        try:
            self.ledger.beat("running", detail, error=error)
        except psycopg.Error as problem:
            get_logger().warning("no heartbeat", problem=str(problem))
