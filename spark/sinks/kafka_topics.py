"""What Spark writes back to the broker, in transactions: the compacted topic `results`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer

from election import crash_points
from election.errors import PassingError
from election.settings import BrokerSettings
from election.tables import ANALYTICS, OPS
from election.topics import PARTITIONER
from spark.fencing import fenced

_CHUNK = 5000
_WITHIN_S = 60.0
_FENCED = (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH)
# A rejected value may be as long as the broker took it, and some room for its headers.
_MOST_BYTES = 2 * 1024 * 1024
# What of `ops` is for everybody who reads results.
CHAIN_TABLES = ("chain_heads", "chain_night_heads")
_KEYS = {t.name: t.key for t in (*ANALYTICS.values(), *(OPS[name] for name in CHAIN_TABLES))}
_encode = msgspec.json.Encoder().encode


Headers = dict[str, str | bytes | None]


class KeyedMessage(TypedDict):
    """A message of `results`; without a value it says that its key is gone."""

    key: bytes
    value: bytes | None


def results_of(live: Mapping[str, Sequence[dict[str, Any]]]) -> list[KeyedMessage]:
    """Return rows of live tables, as PostgreSQL has them, as messages: absolute values by key."""
    return [
        {"key": _encode([name, *(row[k] for k in _KEYS[name][1:])]),
         "value": _encode(row)}
        for name, rows in live.items()
        for row in rows
    ]  # fmt: skip


class Topics:
    """Writes to topics; the newest of a writer fences the older ones.

    Args:
        broker: Where the topics are.
        writer: Which part of the stage writes: each has transactions of its own.

    Raises:
        PassingError: the broker does not answer.
    """

    def __init__(self, broker: BrokerSettings, writer: str = "count") -> None:
        self._broker = broker
        self._producer = Producer(
            {
                **broker.client(),
                "partitioner": PARTITIONER,
                "transactional.id": broker.topic(f"spark-{writer}"),
                "compression.type": "lz4",
                "linger.ms": 5,
                "message.max.bytes": _MOST_BYTES,
                "log_level": 2,
            }
        )
        self._try(self._producer.init_transactions)

    def results(self, messages: list[KeyedMessage]) -> None:
        """Send rows of live tables, as `results_of` makes them.

        Raises:
            FencedError: another driver has taken the night over.
            PassingError: the broker refused a message or does not answer.
        """
        if messages:
            with self.transaction():
                self._produce(self._broker.topic("results"), messages)

    def send(self, topic: str, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Send a message of any topic of the night; within a transaction."""
        while True:
            try:
                self._producer.produce(
                    self._broker.topic(topic), value=value, key=key, headers=headers
                )
                return
            except BufferError:
                self._producer.poll(0.05)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it is there for readers, or nothing; a failed one ends this producer's life.

        Raises:
            FencedError: another driver has taken the night over.
            PassingError: the broker refused a message or does not answer.
        """
        self._try(lambda _timeout: self._producer.begin_transaction())
        yield
        crash_points.reached("spark.uncommitted")
        self._try(self._producer.commit_transaction)

    def _produce(self, topic: str, messages: list[KeyedMessage]) -> None:
        for start in range(0, len(messages), _CHUNK):
            left = [dict(message) for message in messages[start : start + _CHUNK]]
            while left:
                self._producer.produce_batch(topic, left)
                # On a full queue the rest comes back marked.
                left = [m for m in left if m.pop("_error", None)]
                self._producer.poll(0.05 if left else 0)

    def _try(self, step: Callable[[float], object]) -> None:
        deadline = time.monotonic() + _WITHIN_S
        while True:
            try:
                step(max(1.0, deadline - time.monotonic()))
                return
            except KafkaException as failure:
                error: KafkaError = failure.args[0]
                if error.code() in _FENCED:
                    raise fenced(f"the broker refused its writing: {error.str()}") from None
                if not error.retriable() or time.monotonic() > deadline:
                    raise PassingError(
                        "the broker did not take what Spark writes back",
                        why=error.str(),
                        fix="see `make ps`; the stage sends them again when it starts",
                    ) from None
