"""What ingestion asks the broker: topic ids, watermarks, messages, committed offsets (I/O)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, repeat
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from election.errors import UserError
from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS
from ingestion.decode import Messages
from ingestion.offsets import Part, Span, TrimmedError, Watermarks, check_next

REQUEST_S = 10.0
STALLED_S = 30.0
AT_A_TIME = 20_000


class BrokerTroubleError(Exception):
    """The broker does not answer as it should; worth another try."""


class UnknownTopicError(UserError, BrokerTroubleError):
    """The broker knows no such topic; one that was just started knows none for a while."""


@dataclass
class Columns:
    """Messages of one topic while they come in."""

    partitions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    timestamps_ms: list[int] = field(default_factory=list)
    values: list[bytes | None] = field(default_factory=list)

    def add(self, part: Part, first: int, messages: Sequence[Message]) -> None:
        """Take in a partition's messages, the first of which must have offset `first`.

        Raises:
            GapError: an offset was skipped.
        """
        offsets: list[int] = [message.offset() for message in messages]  # type: ignore[misc]
        if offsets != list(range(first, first + len(offsets))):
            for expected, found in enumerate(offsets, first):
                check_next(*part, expected, found)
        self.partitions.extend(repeat(part[1], len(offsets)))
        self.offsets.extend(offsets)
        self.timestamps_ms.extend([max(0, message.timestamp()[1]) for message in messages])
        self.values.extend([message.value() for message in messages])

    def frozen(self) -> Messages:
        """Return them as the decoder wants them."""
        return Messages(self.partitions, self.offsets, self.timestamps_ms, self.values)


class BrokerLog:
    """The night's input topics as logs with offsets."""

    def __init__(
        self, settings: BrokerSettings, *, group: str, topics: Sequence[str] = INPUT_TOPICS
    ) -> None:
        self._settings = settings
        self._name_of = {settings.topic(topic): topic for topic in topics}
        common: dict[str, Any] = {**settings.client()}
        self._admin = AdminClient(common)
        self._consumer = Consumer({
            **common,
            "group.id": group,  # for lag on the broker's side only: offsets are ours to keep
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            "fetch.min.bytes": 512 * 1024,
            "fetch.wait.max.ms": 200,
            "queued.max.messages.kbytes": 32 * 1024,
        })  # fmt: skip

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def describe(self) -> dict[str, tuple[str, int]]:
        """Return each topic's id on the broker and its number of partitions.

        Raises:
            UnknownTopicError: a topic does not exist.
        """
        asked = self._admin.describe_topics(
            TopicCollection(list(self._name_of)), request_timeout=REQUEST_S
        )
        found = {}
        for name, future in asked.items():
            try:
                topic = future.result()
            except KafkaException as error:
                raise _trouble(error, name) from error
            found[self._name_of[name]] = (str(topic.topic_id), len(topic.partitions))
        return found

    def watermarks(self, partitions: Mapping[str, int]) -> dict[Part, Watermarks]:
        """Return where every partition's log begins and ends now."""
        parts = [
            TopicPartition(self._settings.topic(topic), partition)
            for topic, count in partitions.items()
            for partition in range(count)
        ]
        low, high = (self._offsets(parts, spec)
                     for spec in (OffsetSpec.earliest(), OffsetSpec.latest()))  # fmt: skip
        return {part: Watermarks(low[part], high[part]) for part in high}

    def _offsets(self, parts: Sequence[TopicPartition], spec: OffsetSpec) -> dict[Part, int]:
        asked = self._admin.list_offsets(dict.fromkeys(parts, spec), request_timeout=REQUEST_S)
        try:
            return {
                (self._name_of[part.topic], part.partition): future.result().offset
                for part, future in asked.items()
            }
        except KafkaException as error:
            raise _trouble(error, "offsets") from error

    def read(self, spans: Sequence[Span]) -> dict[str, Messages]:
        """Return the messages of the spans, all of them, by topic.

        Raises:
            BrokerTroubleError: nothing came for a while, or the broker said why not.
            OffsetError: an offset is missing.
        """
        ends = {(s.topic, s.partition): s.end for s in spans}
        upcoming = {(s.topic, s.partition): s.first for s in spans}
        columns: dict[str, Columns] = defaultdict(Columns)
        self._consumer.assign([
            TopicPartition(self._settings.topic(s.topic), s.partition, s.first) for s in spans
        ])  # fmt: skip
        try:
            left = sum(map(len, spans))
            patience = time.monotonic() + STALLED_S
            while left:
                batch = self._consumer.consume(min(AT_A_TIME, left), 0.2)
                taken = self._take(batch, upcoming, ends, columns)
                left -= taken
                if taken:
                    patience = time.monotonic() + STALLED_S
                elif time.monotonic() > patience:
                    raise BrokerTroubleError(f"no message for {STALLED_S:.0f} s, {left} to come")
        finally:
            self._consumer.unassign()
        return {topic: taken.frozen() for topic, taken in columns.items()}

    def _take(
        self,
        batch: Sequence[Message],
        upcoming: dict[Part, int],
        ends: Mapping[Part, int],
        columns: Mapping[str, Columns],
    ) -> int:
        """Take in what the spans want of a batch; return how many messages that were."""
        taken = 0
        for place, run in groupby(batch, _place_of):
            messages = list(run)
            if error := next((m.error() for m in messages if m.error()), None):
                raise _trouble(KafkaException(error), str(place[0]))
            part = (self._name_of[place[0]], place[1])
            first, end = upcoming[part], ends[part]
            wanted = messages[: end - first]  # what is newer is for the next load
            columns[part[0]].add(part, first, wanted)
            taken += len(wanted)
            upcoming[part] = first + len(wanted)
            if wanted and upcoming[part] == end:
                self._consumer.incremental_unassign([TopicPartition(*place)])
        return taken

    def commit(self, positions: Mapping[Part, int]) -> None:
        """Tell the broker how far we are; nothing ever starts from there."""
        offsets = [
            TopicPartition(self._settings.topic(topic), partition, offset)
            for (topic, partition), offset in positions.items()
        ]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            raise _trouble(error, "commit") from error


def _place_of(message: Message) -> tuple[str, int]:
    return str(message.topic()), int(message.partition() or 0)


def _trouble(error: KafkaException, about: str) -> Exception:
    code = error.args[0].code()
    if code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
        return TrimmedError(
            f"{about} does not hold the offset that comes next",
            why=error.args[0].str(),
            fix="keep the old night for reading and start a new one with `make demo`",
        )
    if code in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION):
        return UnknownTopicError(
            f"topic {about} does not exist",
            why="topics are made when a night is created, never by themselves",
            fix="start the night with `make demo`, or check TOPIC_PREFIX",
        )
    return BrokerTroubleError(f"{about}: {error.args[0].str()}")
