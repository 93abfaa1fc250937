"""Reduced batches made without Spark, and a count of the same messages one by one.

`Paper` and `Issue` are messages that `validate` let through, `Bad` one that it did not. `reduced`
gives the rows that a batch of them comes to; `OneByOne` reads them as a person would.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_, xor
from typing import Any

import polars as pl

from election.topics import INPUT_TOPICS
from spark.blocks.dimensions import Dimensions, Nomination, Station
from spark.blocks.reduce import CELLS, ELECTORS, NUMBERS, SHEETS
from spark.tally.tally import Dirty

SEAT, REGION = "A", "R"
BATCHES = [f"{SEAT}-B0001", f"{SEAT}-B0002"]
STATIONS = [f"{SEAT}-S001", f"{SEAT}-S002"]
CANDIDATES = [f"{SEAT}-C01", f"{SEAT}-C02"]
DIMENSIONS = Dimensions(
    {SEAT: REGION},
    {s: Station(SEAT, REGION, 200) for s in STATIONS},
    {c: Nomination(SEAT, REGION, party) for c, party in zip(CANDIDATES, ("Con", "Lab"),
                                                          strict=True)},
)  # fmt: skip
HOUR_US = 3_600_000_000
AT_US = 1_496_970_000_000_000  # 2017-06-09T01:00Z

_SCHEMA = {
    "topic_no": pl.Int8, "kafka_partition": pl.Int32, "source": pl.String, "seat": pl.String,
    "choice": pl.String, "moment_us": pl.Int64, "is_late": pl.Boolean, "reason": pl.String,
    "row_offset": pl.Int64, "fact": pl.String, "number_word": pl.Int32, "elector_word": pl.Int32,
    "cell_region": pl.String, "age_band": pl.String, "sex": pl.String, "education": pl.String,
    "cell_choice": pl.String, "part": pl.Int32, "messages": pl.Int64, "first_offset": pl.Int64,
    "last_offset": pl.Int64, "number_or": pl.Int64, "number_xor": pl.Int64,
    "elector_or": pl.Int64, "elector_xor": pl.Int64, "first_produced": pl.Int64,
    "last_produced": pl.Int64,
}  # fmt: skip
_SHEET = ["topic_no", "kafka_partition", "source", "seat", "choice", "moment_us", "is_late",
          "reason", "row_offset", "fact"]  # fmt: skip
_CELL = ["topic_no", "cell_region", "age_band", "sex", "education", "cell_choice"]
_PERSON = {"age_band": "35-44", "sex": "female", "education": "-"}


@dataclass(frozen=True)
class Paper:
    """A ballot paper counted."""

    batch: str = BATCHES[0]
    number: int = 1
    choice: str = CANDIDATES[0]
    is_late: bool = False
    hour: int = 0


@dataclass(frozen=True)
class Issue:
    """A ballot issued; `elector` None is a tendered one."""

    station: str = STATIONS[0]
    number: int = 1
    elector: int | None = 1
    is_late: bool = False
    hour: int = 0


@dataclass(frozen=True)
class Bad:
    """A message that validation refused."""

    topic: str = "votes"
    reason: str = "malformed"


Said = Paper | Issue | Bad


@dataclass(frozen=True)
class Sent:
    """A message with its place."""

    partition: int
    offset: int
    said: Said

    @property
    def topic(self) -> str:
        if isinstance(self.said, Bad):
            return self.said.topic
        return "votes" if isinstance(self.said, Paper) else "ballots_issued"

    def prepared(self) -> dict[str, Any]:
        """Return what `spark.blocks.reduce.prepare` makes of it."""
        place = {"topic_no": INPUT_TOPICS.index(self.topic), "kafka_partition": self.partition,
                 "kafka_offset": self.offset, "topic": self.topic}  # fmt: skip
        row: dict[str, Any] = dict.fromkeys((*_SCHEMA, "number", "elector_no")) | place
        said = self.said
        if isinstance(said, Bad):
            return row | {"reason": said.reason, "row_offset": self.offset}
        row |= {"number": said.number, "is_late": said.is_late,
                "moment_us": AT_US + said.hour * HOUR_US}  # fmt: skip
        if isinstance(said, Paper):
            row["moment_us"] += said.number * 1_000_000  # within the hour; issues know the hour
            return row | {"source": said.batch, "seat": SEAT, "choice": said.choice}
        is_tendered = said.elector is None
        cell = {} if is_tendered else {"cell_region": REGION, **_PERSON}
        method = "tendered" if is_tendered else "in_person"
        return row | {"source": said.station, "choice": method, "elector_no": said.elector, **cell}


def log_of(said: Iterable[Said]) -> list[Sent]:
    """Place messages: a source keeps to one partition, offsets are dense."""
    next_of: dict[tuple[str, int], int] = defaultdict(int)
    log = []
    for one in said:
        source = one.batch if isinstance(one, Paper) else getattr(one, "station", "1")
        partition = int(source[-1]) % 2
        topic = Sent(0, 0, one).topic
        log.append(Sent(partition, next_of[topic, partition], one))
        next_of[topic, partition] += 1
    return log


def reduced(batch: Iterable[Sent]) -> pl.DataFrame:
    """Return what `reduce` makes of a batch."""
    rows = [
        {**row, "number_word": _word(row["number"]), "elector_word": _word(row["elector_no"])}
        for row in (sent.prepared() for sent in batch)
    ]
    groups = [
        *_grouped(rows, _SHEET, SHEETS),
        *_grouped(rows, _CELL, CELLS),
        *_grouped(rows, ["topic_no", "source", "number_word"], NUMBERS),
        *_grouped(rows, ["topic_no", "source", "elector_word"], ELECTORS),
    ]
    return pl.DataFrame(groups, schema=_SCHEMA, orient="row")


def fetch_from(batch: Sequence[Sent]):  # type: ignore[no-untyped-def]
    """Return what fetches the messages of a batch that hold a dirty number."""

    def fetch(dirty: Dirty) -> list[dict[str, Any]]:
        rows = [sent.prepared() for sent in batch]
        return [
            r for r in rows
            if r["source"] and ((r["topic"], r["source"], r["number"]) in dirty.numbers
                                or (r["source"], r["elector_no"]) in dirty.electors)
        ]  # fmt: skip

    return fetch


def _grouped(rows: list[dict[str, Any]], keys: list[str], part: int) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    for key, of_group in groups.items():
        offsets = [row["kafka_offset"] for row in of_group]
        yield {
            **dict.fromkeys(_SCHEMA), **dict(zip(keys, key, strict=True)),
            "part": part, "messages": len(of_group),
            "first_offset": min(offsets), "last_offset": max(offsets),
            **_bits("number", [row["number"] for row in of_group]),
            **_bits("elector", [row["elector_no"] for row in of_group]),
        }  # fmt: skip


def _bits(what: str, numbers: list[int | None]) -> dict[str, int | None]:
    bits = [1 << ((n - 1) & 63) for n in numbers if n is not None]
    if not bits:
        return {}
    both = {f"{what}_or": reduce(or_, bits), f"{what}_xor": reduce(xor, bits)}
    return {name: value - (1 << 64) if value >> 63 else value for name, value in both.items()}


def _word(number: int | None) -> int | None:
    return None if number is None else (number - 1) >> 6


@dataclass
class OneByOne:
    """The rules of a returning officer, a message at a time; keeps sets, knows no bits."""

    classes: dict[tuple[str, int], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )
    votes: Counter[str] = field(default_factory=Counter)
    spoilt: Counter[str] = field(default_factory=Counter)
    issued: Counter[tuple[str, str]] = field(default_factory=Counter)
    numbers: set[tuple[str, str, int]] = field(default_factory=set)
    electors: set[tuple[str, int]] = field(default_factory=set)
    rejected: set[tuple[str, int, int, str]] = field(default_factory=set)

    @classmethod
    def count(cls, log: Iterable[Sent]) -> OneByOne:
        """Count messages in the order of their partitions."""
        counted = cls()
        for sent in sorted(log, key=lambda s: (s.topic, s.partition, s.offset)):
            counted._take(sent)
        return counted

    def _take(self, sent: Sent) -> None:
        place, said = (sent.topic, sent.partition), sent.said
        if isinstance(said, Bad):
            self._reject(sent, said.reason)
            return
        source = said.batch if isinstance(said, Paper) else said.station
        number = (sent.topic, source, said.number)
        if number in self.numbers:
            self.classes[place]["duplicate"] += 1
            return
        self.numbers.add(number)
        if isinstance(said, Issue) and said.elector is not None:
            if (source, said.elector) in self.electors:
                self._reject(sent, "double_vote_attempt")
                return
            self.electors.add((source, said.elector))
        self.classes[place]["late" if said.is_late else "accepted"] += 1
        if isinstance(said, Issue):
            method = "tendered" if said.elector is None else "in_person"
            self.issued[source, method] += 1
        elif said.choice.startswith("!"):
            self.spoilt[said.choice[1:]] += 1
        else:
            self.votes[said.choice] += 1

    def _reject(self, sent: Sent, reason: str) -> None:
        self.classes[sent.topic, sent.partition]["rejected"] += 1
        self.rejected.add((sent.topic, sent.partition, sent.offset, reason))
