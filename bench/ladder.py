"""What an event costs after a long night, beside what it costs after a short one.

The history is real: one night of 20 million ballots and papers climbs to each rung through broker,
raw, ledger and marts, and the same number of messages more is measured there, four times. A price
is CPU time, of the stage and of what PostgreSQL did meanwhile, its vacuum too; that of the marts is
what dbt and PostgreSQL use for one run. A panel has no event, its price is its time, asked of both
nights in turn. A shared machine may become dearer by half within the hour that a night takes, and
dearer for one kind of work than for another: at each rung a fresh night with a broker and a
PostgreSQL of its own is measured in turn with the long one, and a price is told in units of the
same price there. The median is taken; the slope of its logarithm over that of the history says by
how much it grows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

import numpy as np
import psutil
import psycopg
from deltalake import DeltaTable

from bench.cpu import cpu_of_family
from bench.machine import Bench
from bench.nights import BenchNight
from bench.row import Measured
from bench.sending import SETUP, OpenLoop, send_all
from bench.steady import hops_at, open_the_count, panels_p95_ms
from generators.producer import NightProducer
from spark.jobs.paths import LakePaths
from spark.tally.rows import COUNT, TURNOUT

SCALE = 2  # 29 million ballots and papers
# The first is no history at all but for what warms the stages up.
RUNGS = (0, 1_000_000, 5_000_000, 20_000_000)
WARM_UP = 500_000
MEASURED = 400_000
TIMES = 4  # at each rung
CLIMB = 1_000_000  # sent at once, so that the broker holds no more than that unread
DBT_AT_MOST = 5_000_000  # messages of the climb in one run of dbt
WITHIN_S = 900.0
POLL_S = 0.2
# Without the register: beside an unfinished one a seat has more ballots than names, and a check
# fails.
TOPICS = ("ballots_issued", "votes")
# Bronze is of the same process as the count, and behind it after a rush: its share belongs to the
# messages that are measured, not to those of the climb.
_IN_BRONZE = """
select coalesce(sum(reached), 0) from (
    select max(next_offset) as reached from ops.batches
     where night_id = %(night)s and stage = 'bronze' and topic = any(%(topics)s)
     group by topic, kafka_partition) partitions
"""
_VACUUMS = "select 1 from pg_stat_activity where backend_type = 'autovacuum worker'"
VACUUM_QUIET_S = 15.0  # three times as long as its launcher sleeps
_RUNS = "select outcome, started_at from ops.dbt_runs where night_id = %s order by run"
# Told too, but no price of its own: it is in that of the marts.
PART_OF_MARTS = "of marts: PostgreSQL, us"

Found = Mapping[str, float]
"""A price by its name."""
Pair = tuple[float, float]
"""One price, of the long night and of the fresh one."""


@dataclass
class Prices:
    """By what is priced, what was found at each rung: of the long night, of a fresh one."""

    history: list[int] = field(default_factory=list)
    found: dict[str, list[list[Pair]]] = field(default_factory=dict)

    def note(self, history: int, pairs: list[tuple[Found, Found]]) -> None:
        """Add a rung: what was found after so many messages, pair by pair."""
        self.history.append(history)
        for name in pairs[0][0]:
            at_rung = [(long[name], fresh[name]) for long, fresh in pairs]
            self.found.setdefault(name, []).append(at_rung)

    def in_fresh_nights(self, name: str) -> list[float]:
        """Return one price a rung: the median, in units of the fresh night's in its turn."""
        return [median(long / fresh for long, fresh in at_rung) for at_rung in self.found[name]]

    def slopes(self) -> dict[str, float]:
        """Return the log-log slope of each price over the history."""
        return {name: slope(self.history, self.in_fresh_nights(name)) for name in self.found}


@dataclass
class Climber:
    """A night with its stages, and how far it has come."""

    night: BenchNight
    loop: OpenLoop
    reader: psycopg.Connection[tuple[object, ...]]

    @property
    def sent(self) -> int:
        """How many messages it has."""
        return self.loop.sent[-1][1] if self.loop.sent else 0


def slope(history: list[int], prices: list[float]) -> float:
    """Return by which power of the history a price grows; 0 is not at all, 1 in proportion."""
    return float(np.polyfit(np.log(history), np.log(prices), 1)[0])


def ladder(bench: Bench) -> Measured:
    """Give the largest slope of Spark, dlt, marts and panels against the history of a night."""
    prices = Prices()
    with _climber(bench) as long:
        for rung in RUNGS:
            _climb(long, max(rung, WARM_UP))
            with bench.beside() as other, _climber(other) as fresh:
                _climb(fresh, WARM_UP)
                for each in (long, fresh):
                    _wait_for_bronze(each)
                    _wait_for_vacuum(each)
                before = long.sent
                bench.say(f"measuring after {before:,} messages")
                pairs = [_in_turn(bench, long, fresh) for _ in range(TIMES)]
            prices.note((before + long.sent) // 2, pairs)
    slopes = prices.slopes()
    return Measured(
        max(value for name, value in slopes.items() if name != PART_OF_MARTS),
        None,
        {
            "history": prices.history,
            "slopes": {name: round(value, 3) for name, value in slopes.items()},
            **{
                name: [[[round(price, 1) for price in pair] for pair in pairs] for pairs in rungs]
                for name, rungs in prices.found.items()
            },
        },
    )


def _in_turn(bench: Bench, long: Climber, fresh: Climber) -> tuple[Found, Found]:
    """Measure both, and say what was found: it took long to come here."""
    pair = _between_snapshots(long), _between_snapshots(fresh)
    panels = panels_p95_ms(long.reader, fresh.reader)
    for found, p95 in zip(pair, panels, strict=True):
        found["panels, ms"] = p95
    bench.say("; ".join(f"{name} {pair[0][name]:.1f} ({pair[1][name]:.1f})" for name in pair[0]))
    return pair


@contextmanager
def _climber(bench: Bench) -> Iterator[Climber]:
    """Begin a night, with its stages for as long as the block."""
    night = bench.new_night(SCALE, with_faults="none")
    send_all(night, *SETUP)
    open_the_count(night)
    bench.run_dbt(night, "setup")
    loop = OpenLoop(night, night.lanes(*TOPICS), NightProducer(night.broker))
    with night.running(*night.stages()), night.connect("reader") as reader:
        yield Climber(night, loop, reader)


def _climb(climber: Climber, top: int) -> None:
    """Bring raw, ledgers and marts to so many messages."""
    in_marts = climber.sent
    while climber.sent < top:
        _take_in(climber, min(CLIMB, top - climber.sent))
        if climber.sent - in_marts >= DBT_AT_MOST or climber.sent == top:
            _pass_of_dbt(climber.night)
            in_marts = climber.sent


def _take_in(climber: Climber, messages: int) -> None:
    """Send so many, and return when raw and the ledger have them.

    Raises:
        TimeoutError: they do not get there.
    """
    climber.loop.run_at_once(messages)
    night_id = climber.night.night.night_id
    with climber.night.connect() as connection:
        _wait_until(
            lambda: min(hops_at(connection, night_id, TOPICS)) >= climber.sent,
            "raw and ledger do not get what was sent",
        )


def _wait_for_bronze(climber: Climber) -> None:
    """Return when bronze has what was sent.

    Raises:
        TimeoutError: it does not get there.
    """
    asked = {"night": climber.night.night.night_id, "topics": list(TOPICS)}
    with climber.night.connect() as connection:

        def landed() -> bool:
            row = connection.execute(_IN_BRONZE, asked).fetchone()
            return row is not None and row[0] >= climber.sent

        _wait_until(landed, "bronze does not get what was sent")


def _wait_for_vacuum(climber: Climber) -> None:
    """Return when PostgreSQL has tidied up after the climb: that is no price of what follows.

    Raises:
        TimeoutError: it does not come to its end.
    """
    quiet_since = time.monotonic()
    with climber.night.connect("app") as connection:

        def is_quiet() -> bool:
            nonlocal quiet_since
            if connection.execute(_VACUUMS).fetchall():
                quiet_since = time.monotonic()
            return time.monotonic() - quiet_since > VACUUM_QUIET_S

        _wait_until(is_quiet, "vacuum does not come to its end")


def _between_snapshots(climber: Climber) -> dict[str, float]:
    """Measure, again if a ledger was summed up meanwhile: that is for ten minutes of messages."""
    while True:
        before = _segments(climber.night)
        found = _measure(climber)
        if _segments(climber.night) == before:
            return found


def _segments(night: BenchNight) -> dict[str, int]:
    paths = LakePaths(night.environment["LAKE_PATH"])
    places = {name: paths.ledger(night.night.night_id, name) for name in (TURNOUT, COUNT)}
    return {name: len(DeltaTable(place).partitions()) for name, place in places.items()}


def _measure(climber: Climber) -> dict[str, float]:
    night = climber.night
    before = {stage: night.cpu_s(stage) for stage in ("spark", "ingestion")}
    with _cpu_of_postgres(night) as of_stages:
        _take_in(climber, MEASURED)
        _wait_for_bronze(climber)
    used = {stage: night.cpu_s(stage) - cpu for stage, cpu in before.items()}
    with _cpu_of_postgres(night) as of_marts:
        of_dbt = _pass_of_dbt(night)
    a_million = 1e6 / MEASURED
    return {
        "spark, us": used["spark"] * a_million,
        "dlt, us": used["ingestion"] * a_million,
        "PostgreSQL for both, us": of_stages[0] * a_million,
        "marts, us": (of_dbt + of_marts[0]) * a_million,
        PART_OF_MARTS: of_marts[0] * a_million,
    }


def _pass_of_dbt(night: BenchNight) -> float:
    """Let dbt make one incremental run that passes; return the CPU seconds it used for it itself.

    That it starts is not in them: in a night it does so once.

    Raises:
        TimeoutError: it does not come to its end.
        ValueError: it does not pass, and has cost less than one that does.
    """
    used: list[tuple[datetime, float]] = []
    with night.connect() as connection:
        before = len(_runs(night, connection))
        # The first run comes a cadence after the start, a second one would a cadence after its end.
        with night.running(night.dbt_cadence(DBT_CADENCE_S="5")):

            def is_over() -> bool:
                used.append((datetime.now(UTC), night.cpu_s("dbt")))
                return len(_runs(night, connection)) > before

            _wait_until(is_over, "dbt does not come to an end")
            at_end = night.cpu_s("dbt")
        outcome, started = _runs(night, connection)[before]
    if outcome != "pass":
        raise ValueError(f"the run of dbt came to {outcome!r}")
    return at_end - max(cpu for at, cpu in used if at <= started)


def _wait_until(reached: Callable[[], bool], or_else: str) -> None:
    """Return once something is so.

    Raises:
        TimeoutError: it does not come.
    """
    deadline = time.monotonic() + WITHIN_S
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(or_else)
        time.sleep(POLL_S)


def _runs(night: BenchNight, connection: psycopg.Connection[Any]) -> list[tuple[str, datetime]]:
    """Return outcome and start of every run of dbt."""
    return connection.execute(_RUNS, (night.night.night_id,)).fetchall()


@contextmanager
def _cpu_of_postgres(night: BenchNight) -> Iterator[list[float]]:
    """Give, once the block is over, the CPU seconds of PostgreSQL's processes in it.

    Those of a process that ended are its parent's.
    """
    [entry] = [e for e in night.machine.supervisor.entries() if e.name == "postgres"]
    server, used = psutil.Process(entry.pid), list[float]()
    before = cpu_of_family(server)
    yield used
    used.append(cpu_of_family(server) - before)
