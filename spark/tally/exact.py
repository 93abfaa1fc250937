"""The exact pass: of messages with the same number, the first in broker order wins (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
IsSeen = Callable[[str, str, int], bool]
"""(topic, source, number) -> claimed before this batch."""


@dataclass
class Losers:
    """Messages of a batch that are not counted, and the elector numbers they leave unclaimed."""

    duplicates: list[Row] = field(default_factory=list)
    double_votes: list[Row] = field(default_factory=list)
    free_electors: set[tuple[str, int]] = field(default_factory=set)


def settle(
    rows: Iterable[Row], number_is_seen: IsSeen, elector_is_seen: Callable[[str, int], bool]
) -> Losers:
    """Judge every message that holds a dirty number, in broker order.

    A message whose number was claimed is a duplicate. Otherwise it claims the number; if its
    elector had a ballot before, it is a double vote: its number counts as seen, its elector does
    not. Tendered ballots come without an elector.

    Args:
        rows: topic, kafka_partition, kafka_offset, source, number, elector_no; all messages of
            the batch that hold a dirty number.
        number_is_seen: Whether a number was claimed in an earlier batch.
        elector_is_seen: Whether an elector was given a ballot in an earlier batch.
    """
    losers = Losers()
    claimed: set[tuple[str, str, int]] = set()
    voted: set[tuple[str, int]] = set()
    lost: set[tuple[str, int]] = set()
    for row in sorted(rows, key=lambda r: (r["topic"], r["kafka_partition"], r["kafka_offset"])):
        number = (row["topic"], row["source"], row["number"])
        elector = (row["source"], row["elector_no"]) if row["elector_no"] is not None else None
        if number in claimed or number_is_seen(*number):
            losers.duplicates.append(row)
            lost |= {elector} if elector else set()
            continue
        claimed.add(number)
        if elector is None:
            continue
        if elector in voted or elector_is_seen(*elector):
            losers.double_votes.append(row)
            lost.add(elector)
        else:
            voted.add(elector)
    losers.free_electors = lost - voted
    return losers
