"""Rows of a running night: every stage up, messages at a fixed rate whatever comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg

from bench.freshness import ages
from bench.machine import Bench
from bench.nights import BenchNight
from bench.row import Measured
from bench.sending import SETUP, OpenLoop, send_all
from dashboard.queries import QUERIES
from election.clock import ElectionClock
from generators.night_rows import NightRows
from generators.ops import OpsConnection
from generators.producer import NightProducer

SCALE = 20  # 5 million messages
FRESH_RATE, FRESH_S = 5_000.0, 60.0
SUSTAINED_RATE, SUSTAINED_S = 15_000.0, 300.0
WARM_UP_RATE, WARM_UP_S = 5_000.0, 40.0
OUTAGE_S, OUTAGE_WITHIN_S = 600.0, 900.0
# Looking costs what it measures: the marts are looked at as seldom as p50 bears.
MARTS_EVERY_S = 0.1
HOPS_EVERY_S = 1.0
QUERY_RUNS = 20
FILTERS = {"region": "", "party": "", "seat": "", "state": "", "limit": 50}

# Ballots issued stand for all: the mart that has them costs a look 10 ms, a summary of everything
# so much that looking ten times a second would keep a core busy.
PROBE = "ballots_issued"
_VISIBLE = "select sum(ballots_issued) from marts.polling_station_turnout"
_REACHED = """
select (select coalesce(sum(next_offset), 0) from ops.tallied
        where night_id = %(night)s and topic = any(%(topics)s)),
       (select coalesce(sum(next_offset), 0) from ops.landed
        where night_id = %(night)s and topic = any(%(topics)s))
"""
_HOPS = ((1, "spark"), (2, "raw"))


@dataclass
class Watch:
    """Samples, beside the sending, what others see."""

    reader: psycopg.Connection[Any]
    loader: psycopg.Connection[Any]
    night_id: str
    visible: list[tuple[float, int]] = field(default_factory=list)
    reached: list[tuple[float, int, int]] = field(default_factory=list)  # s, spark, raw

    def look_at_marts(self) -> None:
        """Take one sample of what the marts show."""
        shown = self.reader.execute(_VISIBLE).fetchone()
        self.visible.append((time.time(), int(shown[0] or 0) if shown else 0))

    def look_at_hops(self, topics: list[str]) -> None:
        """Take one sample of how far both hops are."""
        self.reached.append((time.time(), *hops_at(self.loader, self.night_id, topics)))

    def forget(self) -> None:
        """Drop what was sampled so far."""
        self.visible.clear()
        self.reached.clear()

    @contextmanager
    def running(self, look: Callable[[], None], every_s: float) -> Iterator[None]:
        """Take samples until the block ends."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(every_s):
                look()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@contextmanager
def running_night(bench: Bench, topics: list[str]) -> Iterator[tuple[BenchNight, OpenLoop, Watch]]:
    """Start every stage on a night whose register is closed, and warm them up.

    A stage's first minute is slower, while its code is compiled: it is not the rate that holds.
    """
    night = bench.new_night(SCALE, with_faults="none")
    send_all(night, *SETUP)
    open_the_count(night)
    bench.run_dbt(night, "setup")
    with (
        night.running(*night.stages(), night.dbt_cadence()),
        night.connect("reader") as reader,
        night.connect() as loader,
    ):
        loop = OpenLoop(night, night.lanes(*topics), NightProducer(night.broker))
        watch = Watch(reader, loader, night.night.night_id)
        loop.run(WARM_UP_RATE, WARM_UP_S)
        _wait_until_seen(loop, watch, topics)
        watch.forget()
        yield night, loop, watch


def freshness(bench: Bench) -> Measured:
    """Give p95 and p50 of produced to visible in the marts, at 5,000 papers a second."""
    topics = ["ballots_issued", "votes"]
    with running_night(bench, topics) as (_, loop, watch):
        with watch.running(watch.look_at_marts, MARTS_EVERY_S):
            loop.run(FRESH_RATE, FRESH_S)
        _wait_until_seen(loop, watch, topics)
        found = ages(loop.sent_of[PROBE], watch.visible)
        p50, p95, p99 = (float(q) for q in np.percentile(found, (50, 95, 99)))
    more = {"p50": round(p50, 3), "p99": round(p99, 3), "events": len(found)}
    return Measured(p95, None, more, {"freshness-p50": p50})


def sustained(bench: Bench) -> Measured:
    """Give the rate at which neither hop fell further behind for five minutes; 0 if one did."""
    topics = ["voters", "ballots_issued", "votes"]
    with running_night(bench, topics) as (_, loop, watch):
        with watch.running(lambda: watch.look_at_hops(topics), HOPS_EVERY_S):
            loop.run(SUSTAINED_RATE, SUSTAINED_S)
        lags = _lags(loop, watch)
    growth = {
        hop: _slope(lags[:, 0], lags[:, column]) for column, hop in ((1, "spark"), (2, "raw"))
    }
    # Less than one message in a hundred that arrive may stay behind.
    holds = all(rate < 0.01 * SUSTAINED_RATE for rate in growth.values())
    return Measured(
        SUSTAINED_RATE if holds else 0.0,
        None,
        {
            "lag_growth_per_s": {hop: round(rate, 1) for hop, rate in growth.items()},
            "lag_s_p95": {
                hop: round(float(np.percentile(lags[:, column], 95)) / SUSTAINED_RATE, 2)
                for column, hop in _HOPS
            },
        },
    )


def outage(bench: Bench) -> Measured:
    """Give the seconds until both hops have what came while they were away, and what comes then."""
    topics = ["voters", "ballots_issued", "votes"]
    night = bench.new_night(SCALE, with_faults="none")
    send_all(night, *SETUP)
    open_the_count(night)
    bench.run_dbt(night, "setup")
    loop = OpenLoop(night, night.lanes(*topics), NightProducer(night.broker))
    loop.run_at_once(int(FRESH_RATE * OUTAGE_S))
    with night.connect("reader") as reader, night.connect() as loader:
        watch = Watch(reader, loader, night.night.night_id)
        began = time.monotonic()
        with night.running(*night.stages()):
            while _behind(loop, watch, topics) > 2 * FRESH_RATE:
                if time.monotonic() - began > OUTAGE_WITHIN_S:
                    raise TimeoutError("the hops do not catch up")
                loop.run(FRESH_RATE, 1.0)
            return Measured(time.monotonic() - began, None, {"messages": loop.sent[-1][1]})


def _behind(loop: OpenLoop, watch: Watch, topics: list[str]) -> int:
    """Return how many messages the slower hop lacks."""
    watch.look_at_hops(topics)
    return loop.sent[-1][1] - min(watch.reached[-1][1:])


def panels(bench: Bench) -> Measured:
    """Give p95 of every query of the dashboard on a night's marts, in milliseconds."""
    night = bench.counted_night()
    with night.connect("reader") as reader:
        [times] = _panel_times(reader)
    everything = np.concatenate(list(times.values()))
    slowest = max(times, key=lambda name: float(np.percentile(times[name], 95)))
    return Measured(
        float(np.percentile(everything, 95)),
        None,
        {"slowest": slowest, "slowest_p95": round(float(np.percentile(times[slowest], 95)), 1)},
    )


def panels_p95_ms(*readers: psycopg.Connection[Any]) -> list[float]:
    """Return p95 of all queries of the dashboard in each of some nights, in milliseconds.

    They are asked in turn: what else the machine does meanwhile, it does to all.
    """
    each = _panel_times(*readers)
    return [float(np.percentile(np.concatenate(list(times.values())), 95)) for times in each]


def _panel_times(*readers: psycopg.Connection[Any]) -> list[dict[str, list[float]]]:
    """Return how long each query took each time, by its name, for each night."""
    times: list[dict[str, list[float]]] = [{} for _ in readers]
    for query in QUERIES:
        for _ in range(QUERY_RUNS):
            for of_night, reader in zip(times, readers, strict=True):
                of_night.setdefault(query.name, []).append(_timed_ms(reader, query.sql))
    return times


def _timed_ms(reader: psycopg.Connection[Any], sql: str) -> float:
    began = time.perf_counter()
    reader.execute(sql, FILTERS).fetchall()  # type: ignore[arg-type]
    return 1000 * (time.perf_counter() - began)


def hops_at(
    loader: psycopg.Connection[Any], night_id: str, topics: Sequence[str]
) -> tuple[int, int]:
    """Return how many messages of some topics the ledger has, and how many raw has."""
    found = loader.execute(_REACHED, {"night": night_id, "topics": list(topics)}).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def open_the_count(night: BenchNight) -> None:
    """Set the election's clock past close of poll: nothing is withheld."""
    plan = night.plan
    rows = NightRows(
        OpsConnection(night.postgres), night.night.night_id,
        opens_at=plan.opens_at, closes_at=plan.closes_at,
    )  # fmt: skip
    rows.set_clock(ElectionClock(datetime.now(UTC), plan.closes_at + timedelta(hours=6), 0.0))


def _wait_until_seen(loop: OpenLoop, watch: Watch, topics: list[str]) -> None:
    """Return when Spark has everything that was sent.

    Raises:
        TimeoutError: it does not get there.
    """
    deadline = time.monotonic() + 120
    while True:
        watch.look_at_marts()
        watch.look_at_hops(topics)
        if watch.reached[-1][1] >= loop.sent[-1][1]:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"spark has {watch.reached[-1][1]} of {loop.sent[-1][1]} messages")
        time.sleep(MARTS_EVERY_S)


def _lags(loop: OpenLoop, watch: Watch) -> np.ndarray:
    """Return (s, messages that Spark is behind, messages that raw is behind) by sample."""
    reached = np.array(watch.reached, dtype=float)
    at, sent = (np.array(column, dtype=float) for column in zip(*loop.sent, strict=True))
    during = reached[(reached[:, 0] > at[-1] - SUSTAINED_S) & (reached[:, 0] <= at[-1])]
    sent_by_then = np.interp(during[:, 0], at, sent)
    return np.column_stack([during[:, 0], *(sent_by_then - during[:, c] for c in (1, 2))])


def _slope(seconds: np.ndarray, messages: np.ndarray) -> float:
    """Return how fast a lag grows, in messages a second, after the first fifth of the run."""
    settled = seconds > seconds[0] + (seconds[-1] - seconds[0]) / 5
    return float(np.polyfit(seconds[settled], messages[settled], 1)[0])
