"""The oracle: what the broker's log says, against everything that the pipeline made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Protocol

from . import checks
from .broker_log import BrokerLog, Part
from .checks import Place, Sent
from .decoding import Message
from .expected import expect, gaps
from .held import Held, read_held
from .layers import check_layers
from .night import Night, connect, find
from .wire import EVENTS

Log = Mapping[str, list[Message]]


class HasEnvironment(Protocol):
    """A night under test."""

    def environment(self) -> dict[str, str]:
        """Return endpoints, passwords and the night's id as stages read them."""
        ...


class Oracle:
    """Looks at one night while its broker and its warehouse are up.

    Args:
        environment: KAFKA_BOOTSTRAP_SERVERS, POSTGRES_HOST, _PORT, _DATABASE, _ADMIN_PASSWORD;
            NIGHT_ID and LAKE_PATH where it is not the current night; CREDENTIALS_FILE or
            BIGQUERY_EMULATOR_HOST for one in BigQuery.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    @classmethod
    def of(cls, night: HasEnvironment) -> Oracle:
        """Return the oracle of a night under test."""
        return cls(night.environment())

    def differences(self, sent: Sent | None = None) -> list[str]:
        """Return a line a difference between the log and what was made of it; none is good.

        Args:
            sent: What a test that produced for itself knows of its sends.
        """
        with connect(self._environment) as connection:
            night = find(connection, self._environment)
            there = night.datasets.open(self._environment) if night.datasets else None
            broker = BrokerLog(self._environment["KAFKA_BOOTSTRAP_SERVERS"], night.topic_prefix)
            try:
                ends = {part: end for topic in EVENTS for part, end in broker.ends(topic).items()}
                log = {topic: broker.messages(topic) for topic in EVENTS}
                held = read_held(connection, broker, night.lake, night.night_id, there)
            finally:
                broker.close()
        return differences(night, log, ends, held, sent or Sent())


def differences(
    night: Night, log: Log, ends: Mapping[Part, int], held: Held, sent: Sent
) -> list[str]:
    """Return the differences between a log and what is held of it."""
    return list(_differences(night, log, ends, held, sent))


def _differences(
    night: Night, log: Log, ends: Mapping[Part, int], held: Held, sent: Sent
) -> Iterator[str]:
    yield from gaps(log, ends)
    expected = expect(_for_newer_readers(log, sent.resent), night.hours)
    yield from checks.check_sent(log, sent)
    if not night.repeats_messages:
        yield from checks.check_once(expected)
    yield from checks.check_produced(expected, held, is_complete=night.status == "complete")
    yield from checks.check_raw(expected, held)
    yield from checks.check_bronze(expected, held)
    yield from checks.check_accounts(expected, held)
    yield from checks.check_analytics(expected, held)
    yield from checks.check_results(held)
    yield from checks.check_rejected_events(expected, held)
    yield from checks.check_marts(expected, held, is_complete=night.status == "complete")
    yield from check_layers(expected, held.layers)


def _for_newer_readers(log: Log, resent: AbstractSet[Place]) -> Log:
    topics = {topic for topic, *_ in resent}
    marked = {
        topic: [
            replace(m, is_for_a_newer_reader=(topic, m.partition, m.offset) in resent)
            for m in log[topic]
        ]
        for topic in topics
    }
    return {**log, **marked}
