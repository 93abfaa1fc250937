"""Two counts of one night, sum for sum: what differs, in words (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from spark.tally import rows as ledger
from spark.tally.history import Sum
from spark.tally.rows import COUNT

MOST_LINES = 20  # a kind
_NOTHING = "nothing"


def differences(live: Mapping[str, Any], again: Mapping[str, Any], source: str) -> list[str]:
    """Return a line for each sum that two counts do not share, a limited number of each kind.

    Args:
        live: What the live count comes to.
        again: What another count of the same messages comes to.
        source: Where the other one has the messages from, in words.
    """
    lines: list[str] = []
    for kind in live:
        lines += limited(kind, _of_kind(kind, live[kind], again[kind], source))
    return lines


def limited(kind: str, lines: Iterable[str]) -> list[str]:
    """Return the first lines of a kind, and how many more there are."""
    found = list(lines)
    more = [f"{kind}: {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else []
    return found[:MOST_LINES] + more


def sums_of(added: Sum, rejections: pl.DataFrame) -> dict[str, dict[Any, Any]]:
    """Return everything that a count comes to, by kind and key."""
    totals, claims = added.totals, added.claims
    facts = added.increment.kind(COUNT, ledger.FACT).select("topic", "first_offset", "fact")
    places = rejections.select("topic", "kafka_partition", "first_offset", "reason")
    return {
        "next offset": dict(totals.next_offset),
        "messages by class": {key: dict(found) for key, found in totals.classes.items()},
        "rejected as": {(t, p, offset): reason for t, p, offset, reason in places.iter_rows()},
        "facts": {(topic, offset): text for topic, offset, text in facts.iter_rows()},
        "votes": _counted(totals.votes),
        "constituencies": {
            key: {**vars(seat), "rejected": _counted(seat.rejected)}
            for key, seat in totals.seats.items()
        },
        "registered": _counted(totals.registered),
        "ballots issued": _counted(totals.issued),
        "hours": dict(totals.hours),
        "demography": dict(totals.cells),
        "exit poll": _counted(totals.answers),
        "accounts": {
            key: vars(account)
            for accounts in (totals.batch_accounts, totals.station_accounts)
            for key, account in accounts.items()
        },
        **{f"numbers of {topic}": _words(seen.rows()) for topic, seen in claims.numbers.items()},
        "electors with a ballot": _words(claims.electors.rows()),
    }


def _of_kind(
    kind: str, live: Mapping[Any, Any], again: Mapping[Any, Any], source: str
) -> Iterator[str]:
    for key in sorted(live.keys() | again.keys(), key=repr):
        here, there = live.get(key, _NOTHING), again.get(key, _NOTHING)
        if here != there:
            name = "/".join(map(str, key)) if isinstance(key, tuple) else key
            yield f"{kind}, {name}: {here} live, {there} from {source}"


def _counted(counts: Mapping[Any, int]) -> dict[Any, int]:
    """Leave out what was looked at and is nothing."""
    return {key: n for key, n in counts.items() if n}


def _words(rows: tuple[Iterable[str], Any, Any]) -> dict[tuple[str, int], str]:
    sources, words, bits = rows
    pairs = zip(sources, words.tolist(), bits.tolist(), strict=True)
    return {(source, word): f"{value:016x}" for source, word, value in pairs}
