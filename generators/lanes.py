"""One lane a topic and partition: its planned messages, encoded in blocks, taken in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from election.topics import TOPICS
from generators.encode import Block, encode_block
from generators.malformed import malform
from generators.plan import Plan

BLOCK = 5_000
_NEVER = np.iinfo(np.int64).max

Encode = Callable[[str, pl.DataFrame], Block]


class Lane:
    """The messages of one partition; `next` is the position of the first that is not taken."""

    def __init__(self, topic: str, partition: int, rows: pl.DataFrame, encode: Encode) -> None:
        self.topic = topic
        self.partition = partition
        self.next = 0
        self._rows = rows
        self._release_us = rows["release_at"].to_physical().to_numpy()
        self._encode = encode
        self._block: Block | None = None
        self._block_at = 0

    def __len__(self) -> int:
        return len(self._release_us)

    def release_of(self, position: int) -> int:
        """Return when a position is due, in microseconds; beyond the last one, never."""
        return int(self._release_us[position]) if position < len(self) else _NEVER

    def due(self, until_us: int) -> int:
        """Return the position after the last message that is due by a time."""
        return max(self.next, int(np.searchsorted(self._release_us, until_us, side="right")))

    def take(self, stop: int, head: bytes) -> list[dict[str, Any]]:
        """Return complete messages up to a position, at most to the end of a block."""
        block = self._block_of(self.next)
        first = self.next - self._block_at
        last = min(stop - self._block_at, len(block.rests))
        self.next = self._block_at + last
        batch: list[dict[str, Any]] = [
            {"key": key, "value": head + rest}
            for key, rest in zip(block.keys[first:last], block.rests[first:last], strict=True)
        ]
        for row, way in block.ways.items():
            if first <= row < last:
                message = batch[row - first]
                message["value"] = malform(self.topic, way, message["value"])
        return batch

    def _block_of(self, position: int) -> Block:
        start = position // BLOCK * BLOCK
        if self._block is None or start != self._block_at:
            self._block = self._encode(self.topic, self._rows[start : start + BLOCK])
            self._block_at = start
        return self._block


def lanes_of(plan: Plan, secret: bytes) -> list[Lane]:
    """Return every lane of a plan; a partition without messages has one too."""

    def encode(topic: str, rows: pl.DataFrame) -> Block:
        return encode_block(topic, rows, plan.election_id, secret)

    return [
        Lane(topic, partition, rows.filter(pl.col("partition") == partition), encode)
        for topic, rows in plan.messages.items()
        for partition in range(TOPICS[topic].partitions)
    ]
