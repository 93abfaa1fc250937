"""Consumed messages of a topic -> rows of raw (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from election.acceptance import keeps_bytes
from election.decode import TypedDecoder
from election.topics import event_of
from ingestion.columns import REJECTED_SCHEMA, SCHEMAS


@dataclass(frozen=True)
class Messages:
    """Messages of one topic as consumed: four columns of one length."""

    partitions: Sequence[int]
    offsets: Sequence[int]
    timestamps_ms: Sequence[int]
    values: Sequence[bytes | None]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Decoded:
    """Rows of the topic's raw table and of `raw.rejected_messages`: together every message."""

    rows: pa.Table
    rejected: pa.Table


class Decoder:
    """Decodes one topic's messages for one night."""

    def __init__(self, topic: str, *, night_id: str, election_id: str, closes_at: datetime) -> None:
        self.topic = topic
        self._event = event_of(topic)
        self._night_id = night_id
        self._schema = SCHEMAS[topic]
        self._typed = TypedDecoder(topic, election_id=election_id, closes_at=closes_at)

    def decode(self, messages: Messages) -> Decoded:
        """Return every message as a row of raw or as a rejected one."""
        typed = self._typed.decode(messages.values)
        rows = self._rows(messages, typed.at, typed.columns)
        return Decoded(rows, self._rejected(messages, typed.rejected))

    def _rows(self, messages: Messages, at: np.ndarray, columns: Mapping[str, Any]) -> pa.Table:
        columns = {**self._kafka_columns(messages, at), **columns}
        return pa.table([columns[name] for name in self._schema.names], schema=self._schema)

    def _kafka_columns(self, messages: Messages, at: np.ndarray) -> dict[str, Any]:
        stamps = np.asarray(messages.timestamps_ms, dtype=np.int64)[at] * 1000
        return {
            "night_id": pa.repeat(self._night_id, len(at)),
            "kafka_partition": pa.array(np.asarray(messages.partitions, dtype=np.int64)[at]),
            "kafka_offset": pa.array(np.asarray(messages.offsets, dtype=np.int64)[at]),
            "kafka_timestamp": pa.array(stamps).cast(pa.timestamp("us", tz="UTC")),
        }

    def _rejected(self, messages: Messages, rejected: Sequence[tuple[int, str]]) -> pa.Table:
        at = np.array([position for position, _ in rejected], dtype=np.int64)
        values = [messages.values[position] for position in at]
        keeps = [
            keeps_bytes(reason, names_a_choice=self._event.names_a_choice) for _, reason in rejected
        ]
        columns = {
            **self._kafka_columns(messages, at),
            "topic": pa.repeat(self.topic, len(at)),
            "reason": pa.array([reason for _, reason in rejected], pa.string()),
            "value": pa.array(
                [v if kept else None for v, kept in zip(values, keeps, strict=True)], pa.binary()
            ),
            "value_sha256": pa.array(
                [hashlib.sha256(v or b"").hexdigest() for v in values], pa.string()
            ),
            "value_length": pa.array([len(v or b"") for v in values], pa.int64()),
        }
        return pa.table([columns[n] for n in REJECTED_SCHEMA.names], schema=REJECTED_SCHEMA)
