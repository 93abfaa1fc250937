"""Which offsets the next load reads, and what must never happen to them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from election.errors import UserError

Part = tuple[str, int]  # topic (without prefix) and partition


class OffsetError(UserError):
    """The broker's log is not the one that this night has been landing."""


class TopicReplacedError(OffsetError):
    """The topic was deleted and made again."""


class PartitionsChangedError(OffsetError):
    """The topic has another number of partitions."""


class TrimmedError(OffsetError):
    """Messages that were not landed yet are gone from the broker."""


class ShrunkError(OffsetError):
    """The broker's log ends before what was landed."""


class GapError(OffsetError):
    """An offset was skipped while reading."""


REBUILD = "keep the old night for reading and start a new one with `make demo`"


@dataclass(frozen=True)
class Span:
    """Offsets `first` up to, not including, `end` of one partition."""

    topic: str
    partition: int
    first: int
    end: int

    def __len__(self) -> int:
        return self.end - self.first


@dataclass(frozen=True)
class Watermarks:
    """A partition's log on the broker: oldest offset kept, and the one after the newest."""

    low: int
    high: int


def positions(offsets: Mapping[str, Mapping[str, int]]) -> dict[Part, int]:
    """Return next offsets by topic and partition, from the shape that dlt's state has."""
    return {
        (topic, int(partition)): offset
        for topic, by_partition in offsets.items()
        for partition, offset in by_partition.items()
    }


def plan(
    positions: Mapping[Part, int], watermarks: Mapping[Part, Watermarks], *, at_most: int
) -> list[Span]:
    """Return what to read now: up to the captured high watermarks, `at_most` messages in all.

    Every partition that has something gets a share; what a short one leaves goes to the others.

    Raises:
        TrimmedError, ShrunkError: the log does not hold the offset that comes next.
    """
    spans = []
    for (topic, partition), marks in sorted(watermarks.items()):
        first = positions.get((topic, partition), 0)
        check_position(topic, partition, first, marks)
        if first < marks.high:
            spans.append(Span(topic, partition, first, marks.high))
    return sorted(_bounded(spans, at_most), key=lambda span: (span.topic, span.partition))


def check_position(topic: str, partition: int, first: int, marks: Watermarks) -> None:
    """Refuse a log that does not hold the offset that comes next."""
    if first < marks.low:
        raise TrimmedError(
            f"topic {topic} was trimmed beyond what is landed",
            why=f"partition {partition} starts at offset {marks.low}, {first} comes next",
            fix=f"{REBUILD}; raise the topic's retention so that it cannot happen again",
        )
    if first > marks.high:
        raise ShrunkError(
            f"topic {topic} ends before what is landed",
            why=f"partition {partition} ends at offset {marks.high}, {first} comes next",
            fix=REBUILD,
        )


def _bounded(spans: Iterable[Span], at_most: int) -> Iterable[Span]:
    shortest_first = sorted(spans, key=len)
    left = at_most
    for position, span in enumerate(shortest_first):
        share = -(-left // (len(shortest_first) - position))
        end = min(span.end, span.first + share)
        left -= end - span.first
        if end > span.first:
            yield Span(span.topic, span.partition, span.first, end)


def check_next(topic: str, partition: int, expected: int, found: int) -> None:
    """Refuse a gap: these topics are neither compacted nor transactional, so there is none."""
    if found != expected:
        raise GapError(
            f"topic {topic} skips offsets",
            why=f"partition {partition} gave offset {found} where {expected} comes next",
            fix="see that the topic's cleanup.policy is delete and nobody writes transactions"
            f" to it; then {REBUILD}",
        )


def check_topic(topic: str, known: tuple[str, int], found: tuple[str, int]) -> None:
    """Refuse a topic whose id or partition count is not the one the night began with."""
    if known[0] != found[0]:
        raise TopicReplacedError(
            f"topic {topic} is not the one this night began with",
            why=f"its id was {known[0]} and is {found[0]} now: it was deleted and made again",
            fix=REBUILD,
        )
    if known[1] != found[1]:
        raise PartitionsChangedError(
            f"topic {topic} has another number of partitions",
            why=f"{known[1]} when the night began, {found[1]} now; a key's order is lost",
            fix=REBUILD,
        )
