"""Rows of catching up: a whole night lies on the broker, a stage starts and takes it."""

from __future__ import annotations

from datetime import datetime

from bench.machine import Bench
from bench.nights import BenchNight
from bench.row import Measured
from bench.sending import send_all
from embedded.service import Service

_BATCHES = """
select batch, min(started_at), max(finished_at), sum(messages)::bigint
from ops.batches where night_id = %s and stage = %s group by batch order by batch
"""
_REFUSED = "select count(*) from analytics.rejections where night_id = %s"
POISONED = 0.05
Batch = tuple[int, datetime, datetime, int]


def landing(bench: Bench) -> Measured:
    """Land a night in raw, exactly once: rows a second from the first batch to the last."""
    night = bench.produced_night()
    return _measure(night, "ingestion", "raw", night.stages())


def counting(bench: Bench) -> Measured:
    """Count a night: parse, rules, de-duplication, all live tables, ledger, PostgreSQL."""
    night = bench.produced_night(uncounted=True)
    bench.mark_counted(night)
    return _measure(night, "spark", "ledger", night.stages(SPARK_BRONZE="0"))


def counting_with_bronze(bench: Bench) -> Measured:
    """Count a night while the second query lands bronze."""
    night = bench.produced_night(uncounted=True)
    bench.mark_counted(night)
    return _measure(night, "spark", "ledger", night.stages())


def poison(bench: Bench) -> Measured:
    """Count a night with one message in twenty poisoned, beside one with none.

    Gives how fast its sound messages are counted, as a part of how fast the other night's are.
    """
    rates = {}
    for faults in ("none", f"none,malformed:{POISONED}"):
        night = bench.new_night(with_faults=faults)
        send_all(night)
        run = _measure(night, "spark", "ledger", night.stages(SPARK_BRONZE="0"))
        with night.connect() as connection:
            row = connection.execute(_REFUSED, (night.night.night_id,)).fetchone()
        assert row is not None
        refused = row[0] / run.more["events"]
        rates[faults] = (1 - refused) * run.value, refused
    (clean, _), (sound, refused) = rates.values()
    return Measured(sound / clean, None, {"clean_events_per_s": round(clean),
                    "sound_events_per_s": round(sound), "refused": round(refused, 4)})  # fmt: skip


def _measure(night: BenchNight, stage: str, hop: str, services: tuple[Service, ...]) -> Measured:
    service = next(s for s in services if s.name == stage)
    with night.running(service):
        night.wait_for_all((hop,))
        cpu = night.cpu_s(stage)
    with night.connect() as connection:
        rows = connection.execute(_BATCHES, (night.night.night_id, stage)).fetchall()
    events = sum(row[3] for row in rows)
    half = _second_half(rows)
    return Measured(
        _rate(rows),
        1e6 * cpu / events,
        {"events": events, "batches": len(rows), "second_half": round(_rate(half)),
         "cpu": "of the whole process, start included"},
    )  # fmt: skip


def _rate(rows: list[Batch]) -> float:
    seconds = (max(row[2] for row in rows) - min(row[1] for row in rows)).total_seconds()
    return sum(row[3] for row in rows) / seconds


def _second_half(rows: list[Batch]) -> list[Batch]:
    """Return the batches after half of the messages: the JVM is warm by then."""
    total, so_far = sum(row[3] for row in rows), 0
    for at, row in enumerate(rows):
        if so_far >= total / 2:
            return rows[at:]
        so_far += row[3]
    return rows[-1:]
