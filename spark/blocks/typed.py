"""A block of messages -> one row of common columns each (pure Arrow).

The decoder is `election.decode`, the one that lands raw: a message means the same on both paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from election.acceptance import MAX_ANSWER_NO, MAX_PAPER_NO
from election.decode import TypedDecoder
from election.events import Event, Field, Kind
from election.settings import utc_text
from election.topics import INPUT_TOPICS, event_of
from spark.blocks.rules import NightRules

Columns = Mapping[str, Any]

# What every message comes down to. `*_ref` columns are checked against the dimensions; `number`
# is dense in its `source` (station, count batch or region); `fact` is the whole event as JSON,
# on the small topics whose rows are facts and not papers.
COMMON = pa.schema(
    {
        "produced_us": pa.int64(),
        "sent_us": pa.int64(),
        "at_us": pa.int64(),
        "seat_ref": pa.string(),
        "region_ref": pa.string(),
        "station_ref": pa.string(),
        "candidate_ref": pa.string(),
        "batch_ref": pa.string(),
        "party_ref": pa.string(),
        "candidate_refs": pa.list_(pa.string()),
        "is_in_range": pa.bool_(),
        "source": pa.string(),
        "number": pa.int64(),
        "elector_no": pa.int64(),
        "method": pa.string(),
        "choice": pa.string(),
        "age_band": pa.string(),
        "sex": pa.string(),
        "education": pa.string(),
        "fact": pa.string(),
    }
)
KAFKA = ("topic_no", "kafka_partition", "kafka_offset")
_MALFORMED = "malformed"
_ACCOUNTED_DIMENSIONS = pa.array(["constituencies", "candidates", "voters"])


def typed(block: pa.RecordBatch, rules: NightRules) -> Iterator[pa.RecordBatch]:
    """Return the block's messages with COMMON columns and `refused_as`, a topic at a time."""
    topics = np.asarray(block["topic_no"])
    refused = np.asarray(pc.is_valid(block["refused_as"]))
    if refused.any():
        yield _refused(block.filter(pa.array(refused)))
    for number in np.unique(topics):
        of_topic = (topics == number) & ~refused
        if of_topic.all():
            yield from _typed_of(INPUT_TOPICS[number], block, rules)
        elif of_topic.any():
            yield from _typed_of(INPUT_TOPICS[number], block.filter(pa.array(of_topic)), rules)


def refusals(block: pa.RecordBatch, rules: NightRules) -> pa.RecordBatch:
    """Return the block with `refused_as` set where the message alone gives a reason."""
    topics = np.asarray(block["topic_no"])
    reasons = block["refused_as"].to_pylist()
    is_open = np.asarray(pc.is_null(block["refused_as"]))
    for number in np.unique(topics):
        topic = INPUT_TOPICS[number]
        places = np.flatnonzero((topics == number) & is_open)
        values = block["value"].take(pa.array(places)).to_pylist()
        found = _decoder(topic, rules).decode(values)
        for at, reason in found.rejected:
            reasons[places[at]] = reason
        odd = _contradicts(topic, found.columns)
        for at, reason in zip(found.at, [] if odd is None else odd.to_pylist(), strict=False):
            reasons[places[at]] = reason
    index = block.schema.get_field_index("refused_as")
    return block.set_column(index, "refused_as", pa.array(reasons, pa.string()))


def _typed_of(topic: str, block: pa.RecordBatch, rules: NightRules) -> Iterator[pa.RecordBatch]:
    values = block["value"].to_pylist()
    found = _decoder(topic, rules).decode(values)
    rejected = list(found.rejected)
    if len(found.at):
        kept = block.take(pa.array(found.at))
        columns = _common(topic, found.columns)
        refused_as = _contradicts(topic, found.columns)
        yield _batch(kept, columns, refused_as)
    if rejected:
        at, reasons = zip(*rejected, strict=True)
        yield _batch(block.take(pa.array(at)), {}, pa.array(reasons))


def _refused(block: pa.RecordBatch) -> pa.RecordBatch:
    return _batch(block, {}, block["refused_as"])


def _batch(block: pa.RecordBatch, columns: Columns, refused_as: Any) -> pa.RecordBatch:
    rows = block.num_rows
    arrays = [*(block[name] for name in KAFKA), block["value"]]
    arrays.append(pa.nulls(rows, pa.string()) if refused_as is None else refused_as)
    for field in COMMON:
        array = columns.get(field.name)
        arrays.append(pa.nulls(rows, field.type) if array is None else array)
    return pa.record_batch(arrays, [*KAFKA, "value", "refused_as", *COMMON.names])


@cache
def _decoder(topic: str, rules: NightRules) -> TypedDecoder:
    return TypedDecoder(topic, election_id=rules.election_id, closes_at=rules.closes_at)


def _common(topic: str, c: Columns) -> dict[str, Any]:
    event = event_of(topic)
    times = {"produced_us": c["produced_at"], "sent_us": c["sent_at"]}
    if event.occurred_at:
        times["at_us"] = c[event.occurred_at]
    return {
        **{name: times_of.cast(pa.int64()) for name, times_of in times.items()},
        **_OWN[topic](c),
    }


def _voters(c: Columns) -> dict[str, Any]:
    return {
        "seat_ref": c["constituency_id"],
        "station_ref": c["polling_station_id"],
        "source": c["polling_station_id"],
        "number": c["elector_no"],
        **_person(c),
    }


def _ballots_issued(c: Columns) -> dict[str, Any]:
    # A tendered ballot neither checks nor claims an elector number.
    is_named = pc.not_equal(c["method"], "tendered")
    return {
        "seat_ref": c["constituency_id"],
        "station_ref": c["polling_station_id"],
        "source": c["polling_station_id"],
        "number": c["issue_no"],
        "elector_no": pc.if_else(is_named, c["elector_no"], pa.scalar(None, pa.int64())),
        "method": c["method"],
        **_person(c),
    }


def _votes(c: Columns) -> dict[str, Any]:
    rejection = pc.binary_join_element_wise("!", c["rejection_reason"], "")
    return {
        "seat_ref": c["constituency_id"],
        "candidate_ref": c["candidate_id"],
        "batch_ref": c["count_batch_id"],
        "is_in_range": _between(c["paper_no"], 1, MAX_PAPER_NO),
        "source": c["count_batch_id"],
        "number": c["paper_no"],
        "choice": pc.coalesce(c["candidate_id"], rejection),
    }


def _exit_poll(c: Columns) -> dict[str, Any]:
    return {
        "region_ref": c["region_id"],
        "party_ref": c["party_abbreviation"],
        "is_in_range": _between(c["answer_no"], 1, MAX_ANSWER_NO),
        "source": c["region_id"],
        "number": c["answer_no"],
        "choice": pc.fill_null(c["party_abbreviation"], "-"),
        **_person(c),
    }


def _constituencies(c: Columns) -> dict[str, Any]:
    return {"fact": _facts("constituencies", c)}


def _candidates(c: Columns) -> dict[str, Any]:
    return {"seat_ref": c["constituency_id"], "fact": _facts("candidates", c)}


def _ballot_accounts(c: Columns) -> dict[str, Any]:
    kind = c["kind"]
    of_seat = pc.is_in(kind, value_set=pa.array(["station", "count_batch"]))
    return {
        "seat_ref": _where(of_seat, c["constituency_id"]),
        "region_ref": _where(pc.equal(kind, "exit_poll"), c["id"]),
        "station_ref": _where(pc.equal(kind, "station"), c["id"]),
        "batch_ref": _where(pc.equal(kind, "count_batch"), c["id"]),
        "is_in_range": pc.and_(
            pc.greater_equal(c["count"], 0), pc.greater_equal(c["version"], 1)
        ),
        "fact": _facts("ballot_accounts", c),
    }  # fmt: skip


def _declarations(c: Columns) -> dict[str, Any]:
    votes = [orjson.loads(text) for text in c["votes"].to_pylist()]
    winners = c["winner_candidate_id"].to_pylist()
    named = [
        [v["candidate_id"] for v in of_seat] + ([winner] if winner is not None else [])
        for of_seat, winner in zip(votes, winners, strict=True)
    ]
    not_negative = pa.array([all(v["vote_count"] >= 0 for v in of_seat) for of_seat in votes])
    return {
        "seat_ref": c["constituency_id"],
        "candidate_refs": pa.array(named, pa.list_(pa.string())),
        "is_in_range": pc.and_(pc.greater_equal(c["version"], 1), not_negative),
        "fact": _facts("declarations", c),
    }


_OWN: Mapping[str, Callable[[Columns], dict[str, Any]]] = {
    "constituencies": _constituencies,
    "candidates": _candidates,
    "voters": _voters,
    "ballots_issued": _ballots_issued,
    "votes": _votes,
    "ballot_accounts": _ballot_accounts,
    "declarations": _declarations,
    "exit_poll": _exit_poll,
}


def _contradicts(topic: str, c: Columns) -> Any:
    """Return the reason against what decodes but accounts for nothing there is, or None."""
    if topic != "ballot_accounts":
        return None
    is_odd = pc.and_(
        pc.equal(c["kind"], "dimensions"),
        pc.invert(pc.is_in(c["id"], value_set=_ACCOUNTED_DIMENSIONS)),
    )
    return pc.if_else(is_odd, _MALFORMED, pa.scalar(None, pa.string()))


def _person(c: Columns) -> dict[str, Any]:
    return {name: c[name] for name in ("age_band", "sex", "education")}


def _between(numbers: Any, low: int, high: int) -> Any:
    return pc.and_(pc.greater_equal(numbers, low), pc.less_equal(numbers, high))


def _where(condition: Any, texts: Any) -> Any:
    return pc.if_else(condition, texts, pa.scalar(None, pa.string()))


def _facts(topic: str, c: Columns) -> pa.Array:
    event: Event = event_of(topic)
    columns = [[_plain(field, v) for v in c[field.name].to_pylist()] for field in event.own_fields]
    names = [field.name for field in event.own_fields]
    rows = zip(*columns, strict=True)
    return pa.array([orjson.dumps(dict(zip(names, row, strict=True))).decode() for row in rows])


def _plain(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.kind is Kind.TIMESTAMP:
        return utc_text(value)
    return orjson.Fragment(value) if field.kind is Kind.LIST else value
