"""Rejected messages: a list by reason, and sending again those that the reader now accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from election.acceptance import keeps_bytes
from election.decode import TypedDecoder
from election.settings import BrokerSettings, NightSettings, PostgresSettings
from election.topics import INPUT_TOPICS, TOPICS, event_of
from spark.blocks.rules import NightRules
from spark.schemas import Place
from spark.sinks.dead_letters import (
    Group,
    Letter,
    Resender,
    read_groups,
    read_rejected,
    read_values,
)
from spark.sinks.warehouse import Warehouse

# What a message was refused for on its own account, by a reader that did not know it. All other
# reasons are about what the message says: sent again it says the same.
READERS_REASONS = frozenset({"malformed", "unknown_version"})
BUNDLE = 500
Decoders = Mapping[str, TypedDecoder]


@dataclass
class Chosen:
    """Rejected messages, sorted by what can be done about them."""

    letters: list[Letter] = field(default_factory=list)
    resent: int = 0
    hashed: int = 0
    refused: int = 0
    lost: int = 0
    other: int = 0

    def lines(self) -> list[str]:
        """Return what a person should know, a line a sort."""
        said = {
            "sent again": len(self.letters),
            "were sent again before": self.resent,
            "are refused by this reader too": self.refused,
            "cannot be sent: secrecy lets only their hash be kept": self.hashed,
            "cannot be sent: rejected_events does not have them any more": self.lost,
            "are refused for what they say, whoever reads them": self.other,
        }
        return [f"{n:,} {words}" for words, n in said.items() if n or words == "sent again"]


def list_dead_letters(night: NightSettings, postgres: PostgresSettings) -> list[str]:
    """Return a night's rejected messages by reason and topic, as lines of a table."""
    warehouse = Warehouse(postgres)
    try:
        return table_of(read_groups(warehouse, night.night_id))
    finally:
        warehouse.close()


def retry_dead_letters(
    night: NightSettings, broker: BrokerSettings, postgres: PostgresSettings
) -> Chosen:
    """Send again, once, what was rejected by a reader that did not know it, and this one does."""
    rules = NightRules.of(night.election_id, night.polling_date)
    decoders = {
        topic: TypedDecoder(topic, election_id=night.election_id, closes_at=rules.closes_at)
        for topic in INPUT_TOPICS
    }
    warehouse = Warehouse(postgres)
    try:
        rejected, resent = read_rejected(warehouse, night.night_id)
        chosen = choose(rejected, resent, read_values(broker), decoders)
        resender = Resender(broker, warehouse, night.night_id)
        for first in range(0, len(chosen.letters), BUNDLE):
            resender.send(chosen.letters[first : first + BUNDLE])
    finally:
        warehouse.close()
    return chosen


def choose(
    rejected: Mapping[Place, str], resent: set[Place],
    values: Iterable[tuple[Place, bytes | None]], decoders: Decoders,
) -> Chosen:  # fmt: skip
    """Sort rejected messages by what can be done about them (pure).

    Args:
        rejected: The reason of each, as the ledgers have it.
        resent: Those that were sent again before.
        values: What is kept of each; some may come twice, after a start of the count.
        decoders: The present reader, by topic.
    """
    chosen = Chosen(resent=len(resent))
    waiting: dict[Place, str] = {}
    for place, reason in rejected.items():
        if place in resent:
            continue
        if reason not in READERS_REASONS:
            chosen.other += 1
        elif not keeps_bytes(reason, names_a_choice=event_of(place[0]).names_a_choice):
            chosen.hashed += 1
        else:
            waiting[place] = reason
    for place, value in values:
        if place not in waiting:
            continue
        reason = waiting.pop(place)
        if (key := _key(place[0], value, decoders)) is None or value is None:
            chosen.refused += 1
        else:
            chosen.letters.append(Letter(place, reason, key, value))
    chosen.lost = len(waiting)
    chosen.letters.sort(key=lambda letter: letter.place)
    return chosen


def table_of(groups: list[Group]) -> list[str]:
    """Return groups as lines, the longest column last (pure)."""
    if not groups:
        return ["no message was rejected"]
    rows = [("reason", "topic", "messages", "kept", "sent again", "for example")]
    for g in groups:
        keeps = keeps_bytes(g.reason, names_a_choice=event_of(g.topic).names_a_choice)
        kept = "bytes" if keeps else "hash"
        rows.append((g.reason, g.topic, f"{g.messages:,}", kept, f"{g.resent:,}", g.example))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    total = sum(g.messages for g in groups)
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return [*lines, f"{total:,} messages were rejected"]


def _key(topic: str, value: bytes | None, decoders: Decoders) -> str | None:
    """Return the key that the topic's messages have, None if the reader refuses the message."""
    found = decoders[topic].decode([value])
    return None if found.rejected else str(found.columns[TOPICS[topic].key][0])
