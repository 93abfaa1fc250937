"""Rejected messages: what the warehouse says of them, their bytes, and sending them once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from election.errors import UserError
from election.settings import BrokerSettings
from election.tables import OPS
from election.topics import PARTITIONER
from spark.broker import read_topic
from spark.schemas import Place
from spark.sinks.warehouse import Warehouse, upsert

_FLUSH_S = 60.0
_LISTED = """
select r.reason, r.topic, count(*), count(s.sent_at),
  (array_agg(r.topic || '/' || r.kafka_partition || '/' || r.kafka_offset
     order by r.kafka_partition, r.kafka_offset))[1]
from analytics.rejections r
left join ops.resent s using (night_id, topic, kafka_partition, kafka_offset)
where night_id = %s group by r.reason, r.topic order by r.reason, r.topic
"""
_REJECTED = """
select topic, kafka_partition, kafka_offset, reason,
  exists (select from ops.resent s where s.night_id = r.night_id and s.topic = r.topic
    and s.kafka_partition = r.kafka_partition and s.kafka_offset = r.kafka_offset)
from analytics.rejections r where night_id = %s
"""


@dataclass(frozen=True)
class Group:
    """Rejected messages of one reason and topic."""

    reason: str
    topic: str
    messages: int
    resent: int
    example: str


@dataclass(frozen=True)
class Letter:
    """A message to be sent once more: where it was rejected and why, and what it is sent as."""

    place: Place
    reason: str
    key: str
    value: bytes


def read_groups(warehouse: Warehouse, night_id: str) -> list[Group]:
    """Return a night's rejected messages by reason and topic."""
    return [Group(*row) for row in warehouse.read(_LISTED, (night_id,))]


def read_rejected(warehouse: Warehouse, night_id: str) -> tuple[dict[Place, str], set[Place]]:
    """Return the reason of each rejected message by its place, and which were sent again."""
    rows = warehouse.read(_REJECTED, (night_id,))
    return {row[:3]: row[3] for row in rows}, {row[:3] for row in rows if row[4]}


def read_values(broker: BrokerSettings) -> Iterator[tuple[Place, bytes | None]]:
    """Yield what `rejected_events` keeps of each message: its bytes, or None."""
    for message in read_topic(broker, "rejected_events"):
        headers = {n: v.decode() if isinstance(v, bytes) else str(v)
                   for n, v in dict(message.headers() or []).items()}  # fmt: skip
        place = (headers["topic"], int(headers["partition"]), int(headers["offset"]))
        yield place, message.value()


class Resender:
    """Sends letters to their topic and notes each in `ops.resent`, a bundle at a time.

    Killed between the two it sends a bundle again when it is called again. Nothing counts twice:
    the second copy holds a number, or an identity, that the first has claimed.
    """

    def __init__(self, broker: BrokerSettings, warehouse: Warehouse, night_id: str) -> None:
        self._broker, self._warehouse, self._night_id = broker, warehouse, night_id
        self._producer = Producer(
            {
                **broker.client(),
                "partitioner": PARTITIONER,
                "enable.idempotence": True,
                "compression.type": "lz4",
                "log_level": 2,
            }
        )

    def send(self, letters: Sequence[Letter]) -> None:
        """Send a bundle and note it.

        Raises:
            UserError: the broker did not take a message; none of the bundle is noted.
        """
        rows: list[dict[str, Any]] = []
        failed: list[str] = []

        def delivered(letter: Letter, error: KafkaError | None, message: Message) -> None:
            if error is None:
                rows.append(self._note(letter, message))
            else:
                failed.append(error.str())

        for letter in letters:
            self._producer.produce(
                self._broker.topic(letter.place[0]), key=letter.key, value=letter.value,
                on_delivery=partial(delivered, letter),
            )  # fmt: skip
        left = self._producer.flush(_FLUSH_S)
        if left or failed:
            raise UserError(
                "the broker did not take messages that are sent again",
                why=failed[0] if failed else f"{left} were not acknowledged",
                fix="see `make ps`, then start this again: a second copy counts as a duplicate",
            )
        self._warehouse.transact(lambda cursor: upsert(cursor, OPS["resent"], rows))

    def _note(self, letter: Letter, message: Message) -> dict[str, Any]:
        topic, partition, offset = letter.place
        return {
            "night_id": self._night_id,
            "topic": topic,
            "kafka_partition": partition,
            "kafka_offset": offset,
            "reason": letter.reason,
            "sent_to_partition": message.partition(),
            "sent_to_offset": message.offset(),
            "sent_at": datetime.now(UTC),
        }
