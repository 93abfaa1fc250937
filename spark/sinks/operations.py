"""What the stage says about itself: its heartbeat, and samples of how far it is behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from election.clock import ElectionClock
from election.errors import UserError
from election.settings import BrokerSettings
from election.tables import OPS
from election.telemetry import get_logger
from spark.broker import Broker
from spark.sinks.warehouse import Warehouse, upsert

EVERY_S = 2.0
SILENT_AFTER_S = 15.0  # a count that says nothing for so long is not there any more
STAGE = "spark"


class Heartbeat:
    """Writes `ops.stage_status` every two seconds, and `ops.lag` while it counts."""

    def __init__(
        self, warehouse: Warehouse, broker: BrokerSettings, night_id: str,
        next_offsets: Callable[[], Mapping[tuple[str, int], int]],
    ) -> None:  # fmt: skip
        self._warehouse = warehouse
        self._broker_settings = broker
        self._night_id = night_id
        self._next_offsets = next_offsets
        self._state, self._detail = "starting", "starting"
        self._last_error: str | None = None
        self._is_counting = False
        self._before: tuple[datetime, int] | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> Heartbeat:
        """Start writing; the newest error of an earlier process stays to be seen."""
        rows = self._warehouse.read(
            "select last_error from ops.stage_status where night_id = %s and stage = %s",
            (self._night_id, STAGE),
        )
        self._last_error = rows[0][0] if rows else None
        self._thread.start()
        return self

    def say(self, state: str, detail: str, *, error: str | None = None) -> None:
        """Change the state; it is in the database when this returns."""
        with self._lock:
            self._state, self._detail = state, detail
            self._last_error = error or self._last_error
            self._is_counting = state == "running"
        self._write_status()

    def describe(self, detail: str) -> None:
        """Change the line for the operator, with the next beat."""
        self._detail = detail

    def stop(self) -> None:
        """Stop writing."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _beat(self) -> None:
        broker = Broker(self._broker_settings)
        try:
            while not self._ended.wait(EVERY_S):
                try:
                    self._write_status()
                    if self._is_counting:
                        self._write_lag(broker)
                except (UserError, psycopg.Error) as error:
                    # The count goes on; whoever looks sees the silence.
                    get_logger().warning("heartbeat not written", error=str(error))
        finally:
            broker.close()

    def _write_status(self) -> None:
        row = {
            "night_id": self._night_id,
            "stage": STAGE,
            "state": self._state,
            "detail": self._detail,
            "last_error": self._last_error,
            "updated_at": datetime.now(UTC),
        }
        with self._lock:
            self._warehouse.transact(lambda cursor: upsert(cursor, OPS["stage_status"], [row]))

    def _write_lag(self, broker: Broker) -> None:
        marks = broker.watermarks()
        now = datetime.now(UTC)
        counted = dict(self._next_offsets())
        arrived = sum(end for _, end in marks.values())
        row: dict[str, Any] = {
            "night_id": self._night_id,
            "stage": STAGE,
            "sampled_at": now,
            "lag_messages": max(0, sum(end - counted.get(p, 0) for p, (_, end) in marks.items())),
            "arrivals_per_s": self._arrivals(now, arrived),
        }
        with self._lock:
            clock = self._warehouse.read(
                "select anchor_wall_at, anchor_election_at, speed from ops.election_clock"
                " where night_id = %s",
                (self._night_id,),
            )
            if clock:
                row["election_at"] = ElectionClock(*clock[0]).election_at(now)
                self._warehouse.transact(lambda cursor: upsert(cursor, OPS["lag"], [row]))

    def _arrivals(self, now: datetime, arrived: int) -> float:
        before, self._before = self._before, (now, arrived)
        if before is None:
            return 0.0
        return (arrived - before[1]) / max((now - before[0]).total_seconds(), 0.001)


def check_idle(warehouse: Warehouse, night_id: str) -> None:
    """Refuse to go on while a count of the night runs.

    Raises:
        UserError: it does.
    """
    rows = warehouse.read(
        "select state, extract(epoch from now() - updated_at)::int from ops.stage_status"
        " where night_id = %s and stage = %s and state in ('starting', 'ready', 'running')"
        " and updated_at > now() - make_interval(secs => %s)",
        (night_id, STAGE, SILENT_AFTER_S),
    )
    if rows:
        state, age = rows[0]
        raise UserError(
            "the live count is running: what it writes is not to be compared or written by another",
            why=f"it said {state} {age} s ago",
            fix="stop the night (Ctrl-C where make demo runs), then start this again",
        )


def known_topics(warehouse: Warehouse, night_id: str) -> dict[str, tuple[str, int]]:
    """Return (the broker's id, partition count) of the topics that a night began with."""
    rows = warehouse.read(
        "select topic, topic_id, partitions from ops.topic_ids where night_id = %s", (night_id,)
    )
    return {topic: (topic_id, partitions) for topic, topic_id, partitions in rows}
