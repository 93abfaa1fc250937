"""The topic `rejected_events`: what was refused, why, and its bytes where secrecy allows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from election.acceptance import keeps_bytes
from election.settings import BrokerSettings
from election.topics import event_of
from spark.blocks.reduce import TOO_LONG
from spark.single_messages import SingleMessages
from spark.sinks.kafka_topics import Headers, Topics
from spark.tally.tally import Rejected

TOPIC = "rejected_events"
_Kept = tuple[Rejected, bytes | None, Headers]
_encode = msgspec.json.Encoder().encode


class RejectedEvents:
    """Sends rejected messages; the newest sender of a night fences the older ones.

    Raises:
        PassingError: the broker does not answer.
    """

    def __init__(self, broker: BrokerSettings) -> None:
        self._topics = Topics(broker, "rejected")
        self._single = SingleMessages(broker)

    def send(self, rejected: Sequence[Rejected]) -> None:
        """Send them in one transaction: bytes where secrecy allows, else SHA-256 and length alone.

        Raises:
            FencedError: another driver has taken the night over.
            PassingError: the broker refused a message or does not answer.
            UserError: a long message is gone from the broker.
        """
        with self._topics.transaction():
            for message, value, more in self._kept(rejected):
                self._topics.send(
                    TOPIC,
                    _encode(message.place),
                    value,
                    {
                        "reason": message.reason,
                        "topic": message.topic,
                        "partition": str(message.partition),
                        "offset": str(message.offset),
                        **more,
                    },
                )

    def close(self) -> None:
        """Close the connection that reads."""
        self._single.close()

    def _kept(self, rejected: Sequence[Rejected]) -> Iterator[_Kept]:
        """Yield each message with what is kept of it; long values pass one at a time."""
        long = {r.place: r for r in rejected if r.value == TOO_LONG}
        for message in rejected:
            if message.value != TOO_LONG:
                yield message, *_of_reduced(message)
        if long:
            for place, value in self._single.values(long):
                yield long[place], *_of_bytes(long[place], value)


def _of_reduced(message: Rejected) -> tuple[bytes | None, Headers]:
    """Return value and headers from what the reduce step left of a value."""
    if message.value is None:
        return None, {}
    if _keeps(message):
        return base64.b64decode(message.value), {}
    digest, length = message.value.split(" ")
    return None, {"sha256": digest, "length": length}


def _of_bytes(message: Rejected, value: bytes | None) -> tuple[bytes | None, Headers]:
    if value is None or _keeps(message):
        return value, {}
    return None, {"sha256": hashlib.sha256(value).hexdigest(), "length": str(len(value))}


def _keeps(message: Rejected) -> bool:
    return keeps_bytes(message.reason, names_a_choice=event_of(message.topic).names_a_choice)
