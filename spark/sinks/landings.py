"""The books of the broker's log and of bronze: offset ranges, as rows of `ops.batches`.

Whoever lands bronze looks at the broker's watermarks each second. What they moved on by is a batch
of the stage `broker`: messages that are there, whoever sent them, for all others to account for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from election.tables import OPS
from spark.sinks import operations
from spark.sinks.bronze_files import Partition
from spark.sinks.warehouse import Warehouse, upsert

STAGE, BROKER = "bronze", "broker"
# Both keep messages and do not judge them.
_NOT_KNOWN = ("accepted", "late", "duplicate", "rejected", "first_produced_at", "last_produced_at")
# Locked until the rows are there: a newer driver takes the night before or after them.
_EPOCH = "select epoch from ops.leases where night_id = %s and stage = %s for share"


@dataclass
class _Book:
    """How far one stage's rows have come."""

    batch: int = 0
    next: dict[Partition, int] = field(default_factory=dict)


class Landings:
    """Rows of one night; bronze's follow the table, which says what is landed."""

    def __init__(self, warehouse: Warehouse, night_id: str) -> None:
        self._warehouse, self._night_id = warehouse, night_id
        self._bronze, self._broker = _Book(), _Book()

    def settle(self, held: Mapping[Partition, int], now: datetime) -> None:
        """Make the books agree with the next offsets of bronze.

        A kill between a landing and its rows leaves them behind. They are ahead only where the
        table was deleted: what they say of that partition is forgotten.
        """
        self._bronze, self._broker = self._read(STAGE), self._read(BROKER)
        ahead = [p for p, end in self._bronze.next.items() if end > held.get(p, 0)]
        self._forget(ahead)
        self.write(held, now, now)

    def write(self, end: Mapping[Partition, int], started: datetime, finished: datetime) -> None:
        """Write the ranges of a landing that went up to these offsets."""
        rows = self._rows(STAGE, self._bronze, dict.fromkeys(end, 0), end, started, finished)
        if rows:
            self._warehouse.transact(lambda cursor: upsert(cursor, OPS["batches"], rows))
            self._bronze.next |= end
            self._bronze.batch += 1

    def see(self, marks: Mapping[Partition, tuple[int, int]], now: datetime, epoch: int) -> None:
        """Write how far the broker's log has come; nothing if another driver has the night.

        Args:
            marks: First and next offset of every partition.
            now: Wall clock of looking.
            epoch: Of this driver's lease.
        """
        first, end = ({p: mark[n] for p, mark in marks.items()} for n in (0, 1))
        rows = self._rows(BROKER, self._broker, first, end, now, now)
        written: list[bool] = []

        def work(cursor: psycopg.Cursor[Any]) -> None:
            lease = cursor.execute(_EPOCH, (self._night_id, operations.STAGE)).fetchone()
            if lease is None or lease[0] == epoch:
                upsert(cursor, OPS["batches"], rows)
                written.append(True)

        if rows:
            self._warehouse.transact(work)
        if written:
            self._broker.next |= end
            self._broker.batch += 1

    def close(self) -> None:
        """Leave the database."""
        self._warehouse.close()

    def _read(self, stage: str) -> _Book:
        rows = self._warehouse.read(
            "select topic, kafka_partition, max(next_offset), max(batch) + 1 from ops.batches"
            " where night_id = %s and stage = %s group by 1, 2",
            (self._night_id, stage),
        )
        return _Book(
            max((batch for *_, batch in rows), default=0),
            {(topic, partition): end for topic, partition, end, _ in rows},
        )

    def _rows(
        self, stage: str, book: _Book, first: Mapping[Partition, int], end: Mapping[Partition, int],
        started: datetime, finished: datetime,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Return a row for each partition that moved on; `first` is where a new one begins."""
        begins = {p: book.next.get(p, first[p]) for p in end}
        return [
            dict.fromkeys(_NOT_KNOWN)
            | {
                "night_id": self._night_id, "stage": stage, "batch": book.batch,
                "topic": topic, "kafka_partition": partition,
                "first_offset": begins[topic, partition], "next_offset": offset,
                "messages": offset - begins[topic, partition],
                "started_at": started, "finished_at": finished,
            }
            for (topic, partition), offset in end.items()
            if offset > begins[topic, partition]
        ]  # fmt: skip

    def _forget(self, partitions: list[Partition]) -> None:
        def work(cursor: psycopg.Cursor[Any]) -> None:
            for topic, partition in partitions:
                cursor.execute(
                    "delete from ops.batches where night_id = %s and stage = %s and topic = %s"
                    " and kafka_partition = %s",
                    (self._night_id, STAGE, topic, partition),
                )

        if partitions:
            self._warehouse.transact(work)
            for partition in partitions:
                del self._bronze.next[partition]
