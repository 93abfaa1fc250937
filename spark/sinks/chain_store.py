"""Where the chain is kept for everybody: three tables of `ops`, and the topic `results`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from election.chain import Block, Head, Partition, covers, night_head
from election.tables import OPS
from spark.sinks.kafka_topics import Topics, results_of
from spark.sinks.warehouse import Warehouse, upsert

BLOCKS, HEADS, NIGHT_HEADS = "chain_blocks", "chain_heads", "chain_night_heads"


@dataclass(frozen=True)
class NightHead:
    """One HEAD: the hash over all heads, what it covers, and when it was first written."""

    hash: str
    covers: str
    as_of: datetime


class ChainStore:
    """Reads a night's chain; writes it if it has topics to write to."""

    def __init__(self, warehouse: Warehouse, night_id: str, topics: Topics | None = None) -> None:
        self._warehouse, self._night_id, self._topics = warehouse, night_id, topics

    def blocks(self) -> dict[Partition, list[Block]]:
        """Return the finished blocks in their order."""
        found = defaultdict(list)
        for topic, partition, *block in self._read(
            "select topic, kafka_partition, block, first_offset, next_offset, block_hash"
            " from ops.chain_blocks where night_id = %s order by 1, 2, 3"
        ):
            found[topic, partition].append(Block(*block))
        return dict(found)

    def heads(self) -> dict[Partition, Head]:
        """Return the head of each partition that has one."""
        rows = self._read(
            "select topic, kafka_partition, next_offset, head_hash from ops.chain_heads"
            " where night_id = %s"
        )
        return {(topic, p): Head(next_offset, text) for topic, p, next_offset, text in rows}

    def night_heads(self) -> list[NightHead]:
        """Return every HEAD there was, the newest last."""
        rows = self._read(
            "select head_hash, covers, as_of from ops.chain_night_heads where night_id = %s"
            " order by as_of, covers"
        )
        return [NightHead(*row) for row in rows]

    def title(self) -> tuple[str, bool]:
        """Return the night's title, and whether it is invented."""
        ((title, is_synthetic),) = self._read(
            "select title, is_synthetic from ops.nights where night_id = %s"
        )
        return title, is_synthetic

    def write(
        self, blocks: Mapping[Partition, Sequence[Block]], heads: Mapping[Partition, Head],
        now: datetime,
    ) -> None:  # fmt: skip
        """Write new blocks and the heads of all partitions, in one transaction; then send heads."""
        block_rows = [
            self._row(partition, block=b.number, first_offset=b.first_offset,
                      next_offset=b.next_offset, block_hash=b.hash, written_at=now)
            for partition, of_partition in blocks.items() for b in of_partition
        ]  # fmt: skip
        head_rows = [self._head_row(partition, head, now) for partition, head in heads.items()]
        of_night = self._night_row(NightHead(night_head(self._night_id, heads), covers(heads), now))

        def work(cursor: psycopg.Cursor[Any]) -> None:
            upsert(cursor, OPS[BLOCKS], block_rows)
            upsert(cursor, OPS[HEADS], head_rows)
            upsert(cursor, OPS[NIGHT_HEADS], [of_night])

        self._warehouse.transact(work)
        self._send({HEADS: head_rows, NIGHT_HEADS: [of_night]})

    def close(self) -> None:
        """Close the connection to PostgreSQL."""
        self._warehouse.close()

    def tell(self) -> None:
        """Send the newest heads again: a stage may have died between `ops` and the topic."""
        heads, of_night = self.heads(), self.night_heads()[-1:]
        if heads and of_night:
            newest = of_night[0]
            rows = [self._head_row(p, head, newest.as_of) for p, head in heads.items()]
            self._send({HEADS: rows, NIGHT_HEADS: [self._night_row(newest)]})

    def _send(self, rows: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        if self._topics is not None:
            self._topics.results(results_of(rows))

    def _head_row(self, partition: Partition, head: Head, now: datetime) -> dict[str, Any]:
        return self._row(
            partition, next_offset=head.next_offset, head_hash=head.hash, updated_at=now
        )

    def _night_row(self, head: NightHead) -> dict[str, Any]:
        return {
            "night_id": self._night_id, "head_hash": head.hash, "covers": head.covers,
            "as_of": head.as_of,
        }  # fmt: skip

    def _row(self, partition: Partition, **measures: Any) -> dict[str, Any]:
        topic, number = partition
        return {
            "night_id": self._night_id, "topic": topic, "kafka_partition": number, **measures
        }  # fmt: skip

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        return self._warehouse.read(query, (self._night_id,))
