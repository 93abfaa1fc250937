"""A handmade log landed in raw by ingestion itself, in either warehouse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from support.events import CLOSES_AT, ELECTION_ID
from support.handmade_log import Log
from support.oracle_night import value_of

from election.topics import INPUT_TOPICS
from ingestion.decode import Decoder, Messages
from ingestion.destination import Pipeline, configure_dlt
from ingestion.offsets import Part, Span, Watermarks
from ingestion.raw import Raw
from ingestion.source import Reading

AT_MOST = 100_000


class AsTheBroker:
    """A handmade log, read as from the broker; what strangers say of the time is 1970."""

    def __init__(self, log: Log) -> None:
        self._messages = {(m.topic, m.partition, m.offset): m for m in log.messages}
        self._ends: dict[Part, int] = defaultdict(int)
        for topic, partition, offset in self._messages:
            self._ends[topic, partition] = max(self._ends[topic, partition], offset + 1)

    def watermarks(self, partitions: Mapping[str, int]) -> dict[Part, Watermarks]:
        return {part: Watermarks(0, end) for part, end in self._ends.items()}

    def read(self, spans: list[Span]) -> dict[str, Messages]:
        found: dict[str, Messages] = {}
        for topic in {span.topic for span in spans}:
            there = [
                self._messages[topic, span.partition, offset]
                for span in spans if span.topic == topic
                for offset in range(span.first, span.end)
            ]  # fmt: skip
            found[topic] = Messages(
                [m.partition for m in there], [m.offset for m in there], [0] * len(there),
                [value_of(m) for m in there],
            )  # fmt: skip
        return found


def land_by_ingestion(raw: Raw, night_id: str, log: Log, folder: Path) -> None:
    """Land what raw does not have of a log yet."""
    configure_dlt()
    pipeline = Pipeline(raw, night_id=night_id, folder=folder)
    pipeline.start()
    decoders = {
        topic: Decoder(topic, night_id=night_id, election_id=ELECTION_ID, closes_at=CLOSES_AT)
        for topic in INPUT_TOPICS
    }
    pipeline.load(Reading(AsTheBroker(log), {}, decoders, AT_MOST))
