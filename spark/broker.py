"""What the broker says of the night's topics: their ids, their first and next offsets."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from election.errors import PassingError, UserError
from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS, TOPICS

ANSWERS_WITHIN_S = 30.0
_ASKS_AGAIN_S = (0.2, 0.6)
_READ_AT_ONCE = 10_000
_GATHERED_WITHIN_S = 0.2  # the client waits so long for as many as that, also at the end
Partition = tuple[str, int]
T = TypeVar("T")


class Broker:
    """Asks the broker about this night's input topics."""

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        quiet: dict[str, str | int | float | bool] = {
            **settings.client(),
            "log_level": 2,
        }
        self._admin = AdminClient(quiet)
        self._consumer = Consumer(
            {**quiet, "group.id": "tallyhouse-spark-offsets", "enable.auto.commit": False}
        )

    def watermarks(self, topics: Iterable[str] = INPUT_TOPICS) -> dict[Partition, tuple[int, int]]:
        """Return (first, next) offset of every partition.

        Raises:
            PassingError: the broker does not answer.
        """
        partitions = [(topic, p) for topic in topics for p in range(TOPICS[topic].partitions)]
        return self._answer(
            lambda: {
                (topic, p): self._consumer.get_watermark_offsets(
                    TopicPartition(self._settings.topic(topic), p), timeout=ANSWERS_WITHIN_S
                )
                for topic, p in partitions
            }
        )

    def topics(self) -> dict[str, tuple[str, int]]:
        """Return (the broker's id, partition count) of every input topic."""
        full = {self._settings.topic(topic): topic for topic in INPUT_TOPICS}

        def described() -> dict[str, tuple[str, int]]:
            futures = self._admin.describe_topics(
                TopicCollection(list(full)), request_timeout=ANSWERS_WITHIN_S
            )
            found = {full[name]: future.result() for name, future in futures.items()}
            return {t: (str(d.topic_id), len(d.partitions)) for t, d in found.items()}

        return self._answer(described)

    def offsets_at(self, moment: datetime) -> dict[Partition, int]:
        """Return the first offset since a time of the broker's clock, by partition.

        A partition without a message since then is left out.

        Raises:
            PassingError: the broker does not answer.
        """
        millis = int(moment.timestamp() * 1000)
        names = {self._settings.topic(topic): topic for topic in INPUT_TOPICS}
        asked = [
            TopicPartition(name, p, millis)
            for name, topic in names.items()
            for p in range(TOPICS[topic].partitions)
        ]
        answers = self._answer(
            lambda: self._consumer.offsets_for_times(asked, timeout=ANSWERS_WITHIN_S)
        )
        return {(names[a.topic], a.partition): a.offset for a in answers if a.offset >= 0}

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()

    def _answer(self, ask: Callable[[], T]) -> T:
        """Ask until there is an answer: a broker that is just up knows no partition for a while."""
        until = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            try:
                return ask()
            except KafkaException as error:
                if time.monotonic() > until:
                    raise silent(self._settings, _words(error)) from None
            time.sleep(random.uniform(*_ASKS_AGAIN_S))


def read_topic(settings: BrokerSettings, topic: str) -> Iterator[Message]:
    """Yield every message of a topic, up to the end that it had at the beginning.

    Raises:
        PassingError: the broker does not answer.
    """
    consumer = Consumer(
        {
            **settings.client(),
            "group.id": "tallyhouse-spark-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 2,
        }
    )
    name = settings.topic(topic)
    left: set[int | None] = set(range(TOPICS[topic].partitions))
    try:
        consumer.assign(
            [TopicPartition(name, p, OFFSET_BEGINNING) for p in range(TOPICS[topic].partitions)]
        )
        heard = time.monotonic()
        while left:
            messages = consumer.consume(_READ_AT_ONCE, timeout=_GATHERED_WITHIN_S)
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > ANSWERS_WITHIN_S:
                raise silent(settings, f"{name} was not read to its end")
            for message in messages:
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    left.discard(message.partition())
                else:
                    raise silent(settings, error.str())
    finally:
        consumer.close()


def _words(error: KafkaException) -> str:
    return str(error.args[0].str() if hasattr(error.args[0], "str") else error)


def silent(settings: BrokerSettings, why: str) -> PassingError:
    """Return the error of a broker that gives no answer."""
    return PassingError(
        f"the broker at {settings.bootstrap_servers} does not answer for this night",
        why=why,
        fix="see `make ps`; topics are created when a night starts",
    )


def check_topics(
    found: Mapping[str, tuple[str, int]], known: Mapping[str, tuple[str, int]]
) -> None:
    """Refuse topics that are not the ones this night began with.

    Raises:
        UserError: naming the topic.
    """
    for topic, (topic_id, partitions) in known.items():
        now_id, now_partitions = found.get(topic, ("", 0))
        if now_id != topic_id or now_partitions != partitions:
            what = "was created anew" if now_id != topic_id else "has other partitions"
            raise UserError(
                f"topic {topic} {what} since this night began",
                why=f"id {now_id} with {now_partitions} partitions, expected {topic_id} with "
                f"{partitions}: offsets in the ledgers mean other messages now",
                fix="this night cannot be counted any further: what was landed of it is kept, and"
                " make rebuild FROM=bronze makes its tables from that; make demo holds a new one",
            )


def check_offsets(
    watermarks: Mapping[Partition, tuple[int, int]], next_offsets: Mapping[Partition, int]
) -> None:
    """Refuse a topic that lost messages which are not in the ledgers, or has fewer than they say.

    Raises:
        UserError: naming topic and partition.
    """
    for (topic, partition), (first, end) in watermarks.items():
        here = next_offsets.get((topic, partition), 0)
        if not first <= here <= end:
            what = "trimmed beyond" if here < first else "shorter than"
            raise UserError(
                f"topic {topic} partition {partition} is {what} what was counted",
                why=f"the broker has offsets {first} to {end - 1}, the next to count is {here}",
                fix="rebuild this night from bronze: make rebuild FROM=bronze",
            )
