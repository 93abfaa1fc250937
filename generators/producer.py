"""Sending to the broker: in batches, in order, every acknowledgement counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from election.errors import UserError
from election.settings import BrokerSettings
from election.telemetry import get_logger
from election.topics import PARTITIONER

BATCH = 5_000
IN_FLIGHT_LIMIT = 150_000
DELIVERED_WITHIN_S = 180  # a broker that was killed needs up to a minute for its log

Batch = list[dict[str, Any]]


class Deliveries:
    """Counts what came back of one partition; its `count` is the delivery callback."""

    def __init__(self) -> None:
        self.sent = 0
        self.acknowledged = 0
        self.in_order = 0  # acknowledged before any was refused
        self.refused = 0
        self.last_error: KafkaError | None = None
        self._newest: Message | None = None

    def count(self, error: KafkaError | None, message: Message) -> None:
        """Count one delivery, acknowledged or refused."""
        if error is None:
            self.acknowledged += 1
            self.in_order += not self.refused
            self._newest = message
        else:
            self.refused += 1
            self.last_error = error

    @property
    def next_offset(self) -> int | None:
        """The offset after the newest acknowledged one; None before the first."""
        offset = None if self._newest is None else self._newest.offset()
        return None if offset is None else offset + 1


class NightProducer:
    """An idempotent producer that keeps the order of each partition."""

    def __init__(self, broker: BrokerSettings, *, more: dict[str, Any] | None = None) -> None:
        self._broker = broker
        self._deliveries: dict[tuple[str, int], Deliveries] = {}
        self._producer = Producer(
            {
                **broker.client(),
                "enable.idempotence": True,
                "compression.type": "lz4",
                # Each partition's messages go as a request of their own: fewer, larger ones.
                "linger.ms": 40,
                "partitioner": PARTITIONER,
                "queue.buffering.max.messages": 2 * IN_FLIGHT_LIMIT,
                "queue.buffering.max.kbytes": 512 * 1024,
                "delivery.timeout.ms": DELIVERED_WITHIN_S * 1000,
                "reconnect.backoff.max.ms": 1_000,
                "error_cb": _log_error,
                "log_level": 2,
                **(more or {}),
            }
        )

    def deliveries(self, topic: str, partition: int) -> Deliveries:
        """Return the counter of a partition."""
        return self._deliveries.setdefault((topic, partition), Deliveries())

    @property
    def in_flight(self) -> int:
        """Messages sent that did not come back yet."""
        return sum(d.sent - d.acknowledged - d.refused for d in self._deliveries.values())

    def send(self, topic: str, partition: int, batch: Batch) -> None:
        """Queue a batch of `{"key": …, "value": …}` for a partition, waiting for room.

        Raises:
            UserError: the broker refused a delivery, or could not be reached for too long.
        """
        deliveries = self.deliveries(topic, partition)
        while self.in_flight > IN_FLIGHT_LIMIT:
            self.poll(0.05)
        while batch:
            queued = self._queue(topic, partition, batch, deliveries.count)
            deliveries.sent += queued
            if queued == len(batch):
                break
            batch = [message for message in batch if self._has_no_room(message)]
            self.poll(0.05)
        self.poll(0)

    def poll(self, seconds: float) -> None:
        """Count what came back, waiting at most so long for something.

        Raises:
            UserError: the broker refused a delivery, or could not be reached for too long.
        """
        self._producer.poll(seconds)
        for (topic, partition), found in self._deliveries.items():
            if found.refused:
                raise UserError(
                    f"the broker refused {found.refused} messages for {topic}/{partition}",
                    why=found.last_error.str() if found.last_error else "no reason given",
                    fix="see `make ps` and the broker's log; RESUME=1 continues the night",
                )

    def wait_for_all(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Wait until everything sent is acknowledged, or until told to stop."""
        while self.in_flight and not stopping():
            self.poll(0.05)

    def flush(self, seconds: float) -> None:
        """Wait a limited time for what is still in flight, whatever becomes of it."""
        self._producer.flush(seconds)

    def _queue(
        self,
        topic: str,
        partition: int,
        batch: Batch,
        count: Callable[[KafkaError | None, Message], None],
    ) -> int:
        name = self._broker.topic(topic)
        return int(
            self._producer.produce_batch(name, batch, partition=partition, on_delivery=count)
        )

    @staticmethod
    def _has_no_room(message: dict[str, Any]) -> bool:
        """Say whether a message of a batch was not queued, and make it fit to be sent again."""
        error = message.pop("_error", None)
        if error is not None and error.code() != KafkaError._QUEUE_FULL:
            raise KafkaException(error)
        return error is not None


def _log_error(error: KafkaError) -> None:
    get_logger().warning("broker", error=error.str(), fatal=error.fatal())
