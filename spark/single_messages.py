"""Single messages of the input topics, by offset: bytes that did not travel with a batch."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from election.errors import UserError
from election.settings import BrokerSettings
from spark.broker import ANSWERS_WITHIN_S, silent
from spark.schemas import Place

# Reading on over so many costs what asking for a later offset does.
_SEEK_BEYOND = 2_000
_FETCH_BYTES = 256 * 1024
_POLL_S = 1.0
_GONE = (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE)


class SingleMessages:
    """Reads messages by their place, one at a time, over one connection.

    A message costs some milliseconds where they are few, a microsecond for each offset between
    them where they are many. One thread at a time may use it.
    """

    def __init__(self, broker: BrokerSettings) -> None:
        self._broker = broker
        self._consumer = Consumer(
            {
                **broker.client(),
                "group.id": "tallyhouse-spark-single",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "fetch.message.max.bytes": _FETCH_BYTES,
                # Nothing is fetched ahead, and what is asked for at once, not a second later.
                "queued.min.messages": 1,
                "fetch.queue.backoff.ms": 1,
                "log_level": 2,
            }
        )

    def values(self, places: Iterable[Place]) -> Iterator[tuple[Place, bytes | None]]:
        """Yield each place once, in order, with the value of its message.

        Raises:
            UserError: the broker does not have a message any more.
            PassingError: it does not answer.
        """
        here: Place | None = None
        try:
            for place in sorted(set(places)):
                if here is None or here[:2] != place[:2] or place[2] - here[2] > _SEEK_BEYOND:
                    self._go_to(place)
                yield place, self._message(place).value()
                here = place
        except KafkaException as error:
            raise silent(self._broker, error.args[0].str()) from None
        finally:
            self._consumer.unassign()

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()

    def _go_to(self, place: Place) -> None:
        topic, partition, offset = place
        self._consumer.assign([TopicPartition(self._broker.topic(topic), partition, offset)])

    def _message(self, place: Place) -> Message:
        """Return a message that is ahead in the partition that is being read."""
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        why = "it sent nothing"
        while time.monotonic() < deadline:
            message = self._consumer.poll(_POLL_S)
            if message is None:
                continue
            if error := message.error():
                if error.code() in _GONE:
                    raise _gone(place)
                why = error.str()
                continue
            offset = message.offset()
            if offset == place[2]:
                return message
            if offset is None or offset > place[2]:
                raise _gone(place)
        raise silent(self._broker, why)


def _gone(place: Place) -> UserError:
    topic, partition, offset = place
    return UserError(
        f"topic {topic} partition {partition} does not have offset {offset} any more",
        why="a message that is refused is read once more, and its bytes kept in rejected_events",
        fix="rebuild this night from bronze: make rebuild FROM=bronze",
    )
