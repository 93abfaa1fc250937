"""The broker's own log: every message of a topic, from offset 0 to the high watermark."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from .decoding import Message

_ANSWERS_WITHIN_S = 20.0
_AT_ONCE = 20_000
Part = tuple[str, int]


@dataclass(frozen=True)
class Record:
    """A message of a topic that the pipeline writes, with its headers as text."""

    key: bytes | None
    value: bytes | None
    headers: dict[str, str]


class BrokerLog:
    """Reads the topics of one night; commits nothing."""

    def __init__(self, bootstrap_servers: str, prefix: str) -> None:
        self._prefix = prefix
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap_servers,
                "group.id": f"oracle-{uuid.uuid4()}",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 10,
                # A topic written in transactions ends with a record that is no message.
                "enable.partition.eof": True,
                "log_level": 2,
            }
        )

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def ends(self, topic: str) -> dict[Part, int]:
        """Return the high watermark of each partition.

        Raises:
            ValueError: the log does not begin at 0, so that nobody can count it again.
        """
        found = {}
        for part in self._partitions(topic):
            low, high = self._consumer.get_watermark_offsets(part, timeout=_ANSWERS_WITHIN_S)
            if low:
                raise ValueError(f"{topic}/{part.partition} begins at offset {low}: it was trimmed")
            found[topic, part.partition] = high
        return found

    def messages(self, topic: str) -> list[Message]:
        """Return every message of an input topic."""
        return [Message(m.partition(), m.offset(), m.value(), m.key()) for m in self._all(topic)]

    def records(self, topic: str) -> list[Record]:
        """Return every message of a topic that the pipeline writes, a partition in its order."""
        return [
            Record(m.key(), m.value(),
                   {k: (v or b"").decode() for k, v in m.headers() or []})
            for m in self._all(topic)
        ]  # fmt: skip

    def _partitions(self, topic: str) -> list[TopicPartition]:
        name = self._prefix + topic
        described = self._consumer.list_topics(name, timeout=_ANSWERS_WITHIN_S).topics[name]
        if described.error is not None:
            raise KafkaException(described.error)
        return [TopicPartition(name, number, 0) for number in sorted(described.partitions)]

    def _all(self, topic: str) -> Iterator[Any]:
        for part in self._partitions(topic):
            _, end = self._consumer.get_watermark_offsets(part, timeout=_ANSWERS_WITHIN_S)
            self._consumer.assign([part])
            seen, deadline = 0, time.monotonic() + _ANSWERS_WITHIN_S
            while seen < end:
                # As many as are left, so that it does not wait for more.
                found = self._consumer.consume(min(_AT_ONCE, end - seen), 0.3)
                if found:
                    deadline = time.monotonic() + _ANSWERS_WITHIN_S
                elif time.monotonic() > deadline:
                    raise TimeoutError(f"{topic}/{part.partition} ends at {end}, read to {seen}")
                for message in found:
                    error = message.error()
                    if error is not None and error.code() == KafkaError._PARTITION_EOF:
                        seen = end
                        continue
                    if error is not None:
                        raise KafkaException(error)
                    seen = (message.offset() or 0) + 1
                    if seen <= end:
                        yield message
            self._consumer.unassign()
