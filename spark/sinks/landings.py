"""The books of bronze: each landing's offset ranges, as rows of `ops.batches`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from election.tables import OPS
from spark.sinks.bronze_files import Partition
from spark.sinks.warehouse import Warehouse, upsert

STAGE = "bronze"
# Bronze keeps messages and does not judge them.
_NOT_KNOWN = ("accepted", "late", "duplicate", "rejected", "first_produced_at", "last_produced_at")


class Landings:
    """Rows of one night; they follow the table, which says what is landed."""

    def __init__(self, warehouse: Warehouse, night_id: str) -> None:
        self._warehouse, self._night_id = warehouse, night_id
        self._batch = 0
        self._next: dict[Partition, int] = {}

    def settle(self, held: Mapping[Partition, int], now: datetime) -> None:
        """Make the books agree with the next offsets of bronze.

        A kill between a landing and its rows leaves them behind. They are ahead only where the
        table was deleted: what they say of that partition is forgotten.
        """
        rows = self._warehouse.read(
            "select topic, kafka_partition, max(next_offset), max(batch) + 1 from ops.batches"
            " where night_id = %s and stage = %s group by 1, 2",
            (self._night_id, STAGE),
        )
        self._next = {(topic, partition): end for topic, partition, end, _ in rows}
        self._batch = max((batch for *_, batch in rows), default=0)
        ahead = [p for p, end in self._next.items() if end > held.get(p, 0)]
        self._forget(ahead)
        self.write(held, now, now)

    def write(self, end: Mapping[Partition, int], started: datetime, finished: datetime) -> None:
        """Write the ranges of a landing that went up to these offsets."""
        rows = [
            dict.fromkeys(_NOT_KNOWN)
            | {
                "night_id": self._night_id, "stage": STAGE, "batch": self._batch,
                "topic": topic, "kafka_partition": partition,
                "first_offset": self._next.get((topic, partition), 0), "next_offset": offset,
                "messages": offset - self._next.get((topic, partition), 0),
                "started_at": started, "finished_at": finished,
            }
            for (topic, partition), offset in end.items()
            if offset > self._next.get((topic, partition), 0)
        ]  # fmt: skip
        if rows:
            self._warehouse.transact(lambda cursor: upsert(cursor, OPS["batches"], rows))
            self._next |= end
            self._batch += 1

    def close(self) -> None:
        """Leave the database."""
        self._warehouse.close()

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
                del self._next[partition]
