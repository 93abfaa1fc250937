"""What Spark writes back to the broker: the compacted topic `results`, and `rejected_events`."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, TypedDict

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from election.acceptance import keeps_bytes
from election.errors import UserError
from election.settings import BrokerSettings
from election.tables import ANALYTICS
from election.topics import PARTITIONER, event_of
from spark.tally.tally import Rejected

_CHUNK = 5000
_FLUSH_S = 60.0
# A rejected value may be as long as the broker took it, and some room for its headers.
_MOST_BYTES = 2 * 1024 * 1024
_encode = msgspec.json.Encoder().encode


class KeyedMessage(TypedDict):
    """A message of `results`; without a value it says that its key is gone."""

    key: bytes
    value: bytes | None


def results_of(live: dict[str, list[dict[str, Any]]]) -> list[KeyedMessage]:
    """Return rows of live tables, as PostgreSQL has them, as messages: absolute values by key."""
    return [
        {"key": _encode([name, *(row[k] for k in ANALYTICS[name].key[1:])]),
         "value": _encode(row)}
        for name, rows in live.items()
        for row in rows
    ]  # fmt: skip


class Topics:
    """One producer for both topics; `flush` raises if a delivery failed."""

    def __init__(self, broker: BrokerSettings) -> None:
        self._broker = broker
        self._failed: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": broker.bootstrap_servers,
                "partitioner": PARTITIONER,
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 5,
                "message.max.bytes": _MOST_BYTES,
                "on_delivery": self._delivered,
                "log_level": 2,
            }
        )

    def results(self, messages: list[KeyedMessage]) -> None:
        """Send rows of live tables, as `results_of` makes them."""
        topic = self._broker.topic("results")
        for start in range(0, len(messages), _CHUNK):
            left = [dict(message) for message in messages[start : start + _CHUNK]]
            while left:
                self._producer.produce_batch(topic, left)
                # On a full queue the rest comes back marked.
                left = [m for m in left if m.pop("_error", None)]
                self._producer.poll(0.05 if left else 0)

    def rejected(self, messages: Iterable[Rejected]) -> None:
        """Send rejected messages: bytes where secrecy allows, else SHA-256 and length alone."""
        topic = self._broker.topic("rejected_events")
        for message in messages:
            value, more = _value_of(message)
            headers: dict[str, str | bytes | None] = {
                "reason": message.reason,
                "topic": message.topic,
                "partition": str(message.partition),
                "offset": str(message.offset),
                **more,
            }
            key = _encode([message.topic, message.partition, message.offset])
            while True:
                try:
                    self._producer.produce(topic, value=value, key=key, headers=headers)
                    break
                except BufferError:
                    self._producer.poll(0.05)

    def flush(self) -> None:
        """Wait until everything is acknowledged.

        Raises:
            UserError: the broker refused a message or does not answer.
        """
        left = self._producer.flush(_FLUSH_S)
        if left or self._failed:
            raise UserError(
                "the broker did not take what Spark writes back",
                why=self._failed[0] if self._failed else f"{left} messages not acknowledged",
                fix="see `make ps`; the stage sends them again when it starts",
            )

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failed.append(str(error))


def _value_of(message: Rejected) -> tuple[bytes | None, dict[str, str]]:
    if message.value is None:
        return None, {}
    if keeps_bytes(message.reason, names_a_choice=event_of(message.topic).names_a_choice):
        return base64.b64decode(message.value), {}
    digest, length = message.value.split(" ")
    return None, {"sha256": digest, "length": length}
