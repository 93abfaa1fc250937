"""A night's log made by hand: every message says which class it must get, and why.

`log.send("votes", 0, paper_no=7)` appends a message to partition 0 of a topic; `log.expect` of
the tests is what it was sent with. Nothing here classifies: the expectation is the author's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from support.events import make_event

from election.topics import INPUT_TOPICS, TOPICS

ACCEPTED, LATE, DUPLICATE, REJECTED = "accepted", "late", "duplicate", "rejected"
REFUSED_BYTES = 40


@dataclass(frozen=True)
class Message:
    """One message: where it is, what it says (None: refused on its own account), its class."""

    topic: str
    partition: int
    offset: int
    event: dict[str, Any] | None
    message_class: str
    reason: str | None

    @property
    def is_counted(self) -> bool:
        """Say whether every total has it."""
        return self.message_class in (ACCEPTED, LATE)


@dataclass
class Log:
    """Messages in order of arrival; offsets are dense a partition."""

    messages: list[Message] = field(default_factory=list)
    _next: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def send(self, topic: str, partition: int = 0, **fields: Any) -> None:
        """Append a message that must be accepted."""
        self.append(ACCEPTED, None, topic, partition, make_event(topic, **fields))

    def late(self, topic: str, partition: int = 0, **fields: Any) -> None:
        """Append a message that counts but came late."""
        self.append(LATE, None, topic, partition, make_event(topic, **fields))

    def duplicate(self, topic: str, partition: int = 0, **fields: Any) -> None:
        """Append a message whose number is claimed already."""
        self.append(DUPLICATE, None, topic, partition, make_event(topic, **fields))

    def reject(self, reason: str, topic: str, partition: int = 0, **fields: Any) -> None:
        """Append a message that the rules refuse."""
        self.append(REJECTED, reason, topic, partition, make_event(topic, **fields))

    def refuse(self, reason: str, topic: str, partition: int = 0) -> None:
        """Append a message that ingestion refuses on its own account."""
        self.append(REJECTED, reason, topic, partition, None)

    def append(self, kind: str, reason: str | None, topic: str, partition: int, event: Any) -> None:
        """Append a message of any class."""
        offset = self._next[topic, partition]
        self._next[topic, partition] = offset + 1
        self.messages.append(Message(topic, partition, offset, event, kind, reason))

    def of(self, topic: str) -> list[Message]:
        """Return a topic's messages."""
        return [m for m in self.messages if m.topic == topic]

    def counted(self, topic: str) -> list[dict[str, Any]]:
        """Return the events of a topic that count."""
        return [m.event for m in self.of(topic) if m.is_counted and m.event]

    def partitions(self) -> Iterator[tuple[str, int, list[Message]]]:
        """Yield every partition of every input topic, empty ones included."""
        for topic in INPUT_TOPICS:
            for number in range(TOPICS[topic].partitions):
                yield topic, number, [m for m in self.of(topic) if m.partition == number]

    def classes(self, messages: list[Message]) -> Counter[str]:
        """Return how many messages there are of each class."""
        return Counter(m.message_class for m in messages)
