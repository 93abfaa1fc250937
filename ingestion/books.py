"""The books of this stage in `ops`: loads, what is landed, lag and the heartbeat (I/O).

Raw itself is the truth. What a kill kept out of the books is counted again from raw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import psycopg

from election.settings import PostgresSettings
from election.tables import Table
from ingestion.counts import PartCount
from ingestion.offsets import Part
from ingestion.raw import Raw
from warehouse.operations import count_operations

STAGE = "ingestion"
_BATCH = """
insert into ops.batches (night_id, stage, batch, topic, kafka_partition, first_offset, next_offset,
  messages, rejected, first_produced_at, last_produced_at, started_at, finished_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_LANDED = """
insert into ops.landed as known (night_id, topic, kafka_partition, next_offset, messages, decoded,
  refused, updated_at) values (%s, %s, %s, %s, %s, %s, %s, now())
on conflict (night_id, topic, kafka_partition) do update set next_offset = excluded.next_offset,
  messages = known.messages + excluded.messages, decoded = known.decoded + excluded.decoded,
  refused = known.refused + excluded.refused, updated_at = excluded.updated_at
"""
_TOPIC = """
insert into ops.topic_ids (night_id, topic, topic_id, partitions) values (%s, %s, %s, %s)
on conflict (night_id, topic) do nothing
"""
_STATUS = """
insert into ops.stage_status (night_id, stage, state, detail, last_error, updated_at)
values (%s, %s, %s, %s, %s, now())
on conflict (night_id, stage) do update set state = excluded.state, detail = excluded.detail,
  last_error = coalesce(excluded.last_error, ops.stage_status.last_error),
  updated_at = excluded.updated_at
"""
_LAG = """
insert into ops.lag (night_id, stage, sampled_at, election_at, lag_messages, arrivals_per_s)
select %(night)s, %(stage)s, now(),
  anchor_election_at + (now() - anchor_wall_at) * speed, %(lag)s, %(arrivals)s
from ops.election_clock where night_id = %(night)s
on conflict do nothing
"""
_FORGET = (
    "delete from ops.landed where night_id = %s and topic = %s and kafka_partition = %s",
    "delete from ops.batches where night_id = %s and topic = %s and kafka_partition = %s"
    " and stage = %s",
)


class Books:
    """Rows of one night, over a connection of its own."""

    def __init__(self, settings: PostgresSettings, night_id: str, raw: Raw) -> None:
        self._connection = psycopg.connect(
            **settings.connect_arguments("loader"),  # type: ignore[arg-type]
            autocommit=True,
        )
        self._night_id = night_id
        self._raw = raw
        self._next_batch = self._first_batch()

    def close(self) -> None:
        """Leave the database; harmless to repeat."""
        self._connection.close()

    def topics(self) -> dict[str, tuple[str, int]]:
        """Return the topics that the night began with: id and partitions."""
        rows = self._connection.execute(
            "select topic, topic_id, partitions from ops.topic_ids where night_id = %s",
            (self._night_id,),
        ).fetchall()
        return {topic: (topic_id, partitions) for topic, topic_id, partitions in rows}

    def remember_topics(self, found: Mapping[str, tuple[str, int]]) -> None:
        """Write down the topics of a night that has none yet."""
        with self._connection.transaction():
            for topic, (topic_id, partitions) in found.items():
                self._connection.execute(_TOPIC, (self._night_id, topic, topic_id, partitions))

    def write_load(
        self, counts: Iterable[PartCount], started_at: datetime, finished_at: datetime
    ) -> None:
        """Write a load that is in raw."""
        with self._connection.transaction():
            for count in counts:
                self._connection.execute(_BATCH, (
                    self._night_id, STAGE, self._next_batch, count.topic, count.partition,
                    count.first, count.end, count.messages, count.refused,
                    count.first_produced_at, count.last_produced_at, started_at, finished_at,
                ))  # fmt: skip
                self._connection.execute(_LANDED, (
                    self._night_id, count.topic, count.partition, count.end, count.messages,
                    count.decoded, count.refused,
                ))  # fmt: skip
        self._next_batch += 1

    def write_operations(self, kind: str, tables: Iterable[Table]) -> None:
        """Count a load of each of these tables, or a failed one."""
        names = (table.full_name for table in tables)
        count_operations(self._connection, self._night_id, STAGE, kind, names)

    def settle(self, offsets: Mapping[Part, int], now: datetime) -> int:
        """Make the books agree with raw's offsets; return how many partitions did not.

        A kill between a load and its entry leaves them behind. They are ahead only where dlt's
        state was restored from a backup or dropped: what they say of that partition is forgotten.
        """
        rows = self._connection.execute(
            "select topic, kafka_partition, next_offset from ops.landed where night_id = %s",
            (self._night_id,),
        ).fetchall()
        known = {(topic, partition): offset for topic, partition, offset in rows}
        ahead = [part for part, offset in known.items() if offset > offsets.get(part, 0)]
        for part in ahead:
            self._forget(part)
            del known[part]
        missing = [
            self._count_raw(topic, partition, known.get((topic, partition), 0), end)
            for (topic, partition), end in sorted(offsets.items())
            if known.get((topic, partition), 0) < end
        ]
        if missing:
            self.write_load(missing, now, now)
        return len(missing) + sum(offsets.get(part, 0) == 0 for part in ahead)

    def _forget(self, part: Part) -> None:
        landed, batches = _FORGET
        with self._connection.transaction():
            self._connection.execute(landed, (self._night_id, *part))
            self._connection.execute(batches, (self._night_id, *part, STAGE))

    def beat(self, state: str, detail: str, error: str | None = None) -> None:
        """Write the heartbeat."""
        self._connection.execute(_STATUS, (self._night_id, STAGE, state, detail, error))

    def write_lag(self, lag: int, arrivals_per_s: float) -> None:
        """Write a sample of how far raw is behind the broker."""
        values: dict[str, Any] = {
            "night": self._night_id,
            "stage": STAGE,
            "lag": lag,
            "arrivals": arrivals_per_s,
        }
        self._connection.execute(_LAG, values)

    def _count_raw(self, topic: str, partition: int, first: int, end: int) -> PartCount:
        there = self._raw.landed(self._night_id, topic, partition, first, end)
        return PartCount(
            topic, partition, first, end, there.decoded, there.refused, there.first_produced_at,
            there.last_produced_at,
        )  # fmt: skip

    def _first_batch(self) -> int:
        row = self._connection.execute(
            "select coalesce(max(batch) + 1, 0) from ops.batches"
            " where night_id = %s and stage = %s",
            (self._night_id, STAGE),
        ).fetchone()
        assert row is not None
        return int(row[0])
