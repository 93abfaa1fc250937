"""Expected against held -> differences: every store of the pipeline, one after the other (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
import polars as pl

from .comparison import compare, plain
from .decoding import Message
from .expected import CLASSES, Expected
from .held import Held
from .judging import PLACE
from .live_tables import KEYS, LIVE
from .results import MART_KEYS
from .wire import EVENTS, micros

_PART = ("topic", "kafka_partition")
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Sent:
    """What somebody who produces for himself knows of his sends.

    `acknowledged`: value by (topic, partition, offset), as the broker answered. `unanswered`:
    (topic, value) of sends that were neither acknowledged nor refused. `resent`: places of what was
    sent again for a reader that knows its version.
    """

    acknowledged: Mapping[Place, bytes | None] = field(default_factory=dict)
    unanswered: tuple[tuple[str, bytes], ...] = ()
    resent: frozenset[Place] = frozenset()


def check_raw(expected: Expected, held: Held) -> Iterator[str]:
    """Every message that decodes is in its topic's table once, as it is; the rest is refused."""
    for topic, frame in expected.classes.items():
        columns = [*PLACE, *EVENTS[topic].fields]
        decoded = frame.filter(pl.col("refusal").is_null()).select(columns)
        yield from compare(f"raw.{topic}", PLACE, plain(decoded), plain(held.raw[topic]))
    refused = expected.kept.filter(pl.col("refusal").is_not_null())
    rows = refused.select("topic", *PLACE, "value", reason="refusal")
    whole = whole_values(expected)  # the table has hash and length of those it keeps, too
    rows = rows.join(whole, on=["topic", *PLACE])
    yield from compare("raw.rejected_messages", ("topic", *PLACE), rows, held.rejected_messages)


def whole_values(expected: Expected) -> pl.DataFrame:
    """Return SHA-256 and length of what the message alone refuses."""
    parts = []
    for topic, frame in expected.classes.items():
        refused = frame.filter(pl.col("refusal").is_not_null())
        values = [value or b"" for value in refused["value"]]
        parts.append(refused.select(pl.lit(topic).alias("topic"), *PLACE).with_columns(
            pl.Series("value_sha256", [hashlib.sha256(v).hexdigest() for v in values], pl.String),
            pl.Series("value_length", [len(v) for v in values], pl.Int64),
        ))  # fmt: skip
    return pl.concat(parts)


def check_bronze(expected: Expected, held: Held) -> Iterator[str]:
    """Every offset is in bronze once, with its bytes, or their hash and length."""
    # What accounts for nothing there is decodes, and is malformed all the same.
    is_malformed = pl.col("verdict").fill_null("") == "malformed"
    refused_as = pl.when(is_malformed).then("verdict").otherwise("refusal").alias("refused_as")
    rows = expected.kept.select("topic", *PLACE, "key", "value", "value_length", refused_as,
                                value_sha256="bronze_sha256")  # fmt: skip
    yield from compare("bronze", ("topic", *PLACE), rows, held.bronze)


def check_accounts(expected: Expected, held: Held) -> Iterator[str]:
    """Whoever keeps accounts accounts for every offset, in one class each."""
    accounts, ops = expected.accounts, held.ops
    by_class = accounts.select(*_PART, "messages", *CLASSES)
    increments = held.accounts.sort(*_PART, "first_offset")
    sums = increments.group_by(_PART).agg(pl.col("messages", *CLASSES).sum())
    yield from compare("ledger accounts", _PART, by_class, sums)
    before = pl.col("last_offset").shift(1, fill_value=-1).over(_PART)
    for row in increments.filter(pl.col("first_offset") != before + 1).iter_rows(named=True):
        place = f"{row['topic']}/{row['kafka_partition']}"
        yield f"ledger {place}: expected no gap and no overlap, actual one at {row['first_offset']}"
    votes = expected.live["candidate_totals"].filter(pl.col("vote_count") > 0)
    yield from compare("ledger count", ("candidate_id",),
                       votes.select("candidate_id", "vote_count"), held.tallied_votes)  # fmt: skip
    in_books = {
        "tallied": ["next_offset", *CLASSES],
        "landed": ["next_offset", "decoded", "refused"],
    }
    for name, columns in in_books.items():
        some = ops[name].filter(pl.col("messages") > 0)
        rows = accounts.select(*_PART, "messages", *columns)
        yield from compare(f"ops.{name}", _PART, rows, some)
    all_of_them = list(CLASSES)
    told = {
        "broker": [], "ingestion": ["rejected"], "bronze": [], "spark": all_of_them,
        "dbt": all_of_them,
    }  # fmt: skip
    for stage, classes in told.items():
        of_stage = ops["batches"].filter(pl.col("stage") == stage)
        sums = of_stage.group_by(_PART).agg(pl.col("messages", *classes).sum())
        refused = pl.col("refused").alias("rejected") if stage == "ingestion" else pl.col(classes)
        rows = accounts.select(*_PART, "messages", refused)
        yield from compare(f"ops.batches {stage}", _PART, rows, sums)
    yield from _conservation(expected, held)


def _conservation(expected: Expected, held: Held) -> Iterator[str]:
    """The mart is of the newest run: bronze, which lands later, may have had less by then."""
    rows = expected.accounts.with_columns(unaccounted=pl.lit(0, pl.Int64))
    some = held.conservation.filter(pl.col("messages") > 0)
    counted = ["next_offset", "messages", "unaccounted"]
    columns = {
        "generator": ["next_offset"],
        "broker": counted, "raw": counted,
        "spark": [*counted, *CLASSES], "dbt": [*counted, *CLASSES],
    }  # fmt: skip
    for stage, names in columns.items():
        of_stage = some.filter(pl.col("stage") == stage)
        yield from compare(f"marts.conservation {stage}", _PART, rows.select(*_PART, *names),
                           of_stage)  # fmt: skip
    landed = some.filter(pl.col("stage") == "bronze")
    for row in landed.filter(pl.col("unaccounted") != 0).iter_rows(named=True):
        place = f"marts.conservation bronze {row['topic']} {row['kafka_partition']}"
        yield f"{place}: unaccounted expected 0, actual {row['unaccounted']}"


def check_produced(expected: Expected, held: Held, *, is_complete: bool) -> Iterator[str]:
    """All that was acknowledged is in the log; of a complete night, all that was planned."""
    produced = held.ops["produced"].join(
        expected.accounts.select(*_PART, "messages"), on=_PART, how="left"
    ).with_columns(pl.col("messages").fill_null(0))  # fmt: skip
    for row in produced.sort(_PART).iter_rows(named=True):
        place = f"ops.produced {row['topic']} {row['kafka_partition']}"
        if row["messages"] < row["acknowledged"]:
            yield (f"{place}: expected the {row['acknowledged']} acknowledged messages in the log, "
                   f"actual {row['messages']}")  # fmt: skip
        if is_complete and row["position"] != row["planned"]:
            yield f"{place}: position expected {row['planned']}, actual {row['position']}"
        if is_complete and row["next_offset"] != row["messages"]:
            yield f"{place}: next_offset expected {row['messages']}, actual {row['next_offset']}"


def check_sent(log: Mapping[str, list[Message]], sent: Sent) -> Iterator[str]:
    """Acknowledged sends are where the broker said; unanswered ones at most once."""
    topics = {topic for topic, *_ in sent.acknowledged}
    there = {(t, m.partition, m.offset): m.value for t in topics for m in log[t]}
    for place, value in sent.acknowledged.items():
        if place not in there:
            yield f"log {place}: expected an acknowledged message, actual none"
        elif there[place] != value:
            yield f"log {place}: expected the bytes that were acknowledged, actual others"
    known = set(sent.acknowledged)
    for topic, value in dict.fromkeys(sent.unanswered):
        found = [m.offset for m in log[topic] if m.value == value
                 and (topic, m.partition, m.offset) not in known]  # fmt: skip
        if len(found) > sent.unanswered.count((topic, value)):
            yield f"log {topic}: an unanswered send expected at most once, actual at {found}"


def check_once(expected: Expected) -> Iterator[str]:
    """No send is in the log twice, whether the producer was told of it or not.

    For a night whose plan repeats nothing. A message has the moment of its making in it: sent again
    after a restart it has other bytes. Equal bytes that can be read are one send, written twice.
    """
    for topic, frame in expected.classes.items():
        places = pl.concat_str(PLACE, separator="/").sort()
        twice = frame.filter(pl.col("refusal").is_null()).group_by("value").agg(places)
        for _, found in twice.filter(pl.col(PLACE[0]).list.len() > 1).sort(PLACE[0]).iter_rows():
            yield f"log {topic}: a send expected at most once, actual at {', '.join(found)}"


def check_analytics(expected: Expected, held: Held) -> Iterator[str]:
    """The live tables, the facts and the rejections are what the log says."""
    for name, key in KEYS.items():
        rows, actual = plain(expected.live[name]), plain(held.analytics[name])
        yield from compare(f"analytics.{name}", key, rows, actual)


def check_marts(expected: Expected, held: Held, *, is_complete: bool) -> Iterator[str]:
    """What people read is what the log says; of a complete night, what outsiders read too."""
    for name, key in MART_KEYS.items():
        yield from compare(f"marts.{name}", key, expected.marts[name], held.marts[name])
    if is_complete and held.published is None:
        yield "published: expected an edition of a complete night, actual none"
    if is_complete:
        for name, rows in (held.published or {}).items():
            key = MART_KEYS[name]
            yield from compare(f"published.{name}", key, expected.marts[name], rows)


OF_THE_CHAIN = ("chain_heads", "chain_night_heads")


def check_results(held: Held) -> Iterator[str]:
    """The newest value of each key of `results` is the row of `analytics`."""
    newest: dict[bytes | None, bytes | None] = {r.key: r.value for r in held.results}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in LIVE}
    for key, value in newest.items():
        if value is None:
            continue
        name, *place = orjson.loads(key or b"[null]")
        row = orjson.loads(value)
        if name in OF_THE_CHAIN:
            continue  # heads of a hash chain, which has a check of its own
        if name not in rows:
            yield f"results {name}: expected a live table, actual no such table"
        elif place != [row.get(column) for column in KEYS[name]]:
            yield f"results {name} {place}: expected the key of its row, actual another row"
        else:
            rows[name].append(row)
    for name in LIVE:
        table = held.analytics[name]
        found = pl.DataFrame(
            [{c: _as_in(c, row.get(c), table) for c in table.columns} for row in rows[name]],
            schema=table.schema,
        )
        yield from compare(f"results {name}", KEYS[name], table, found)


def _as_in(column: str, value: Any, table: pl.DataFrame) -> Any:
    """Return a JSON value as the database's column is read: times as microseconds."""
    if isinstance(value, str) and table.schema[column] == pl.Int64:
        return micros(datetime.fromisoformat(value))
    if column == "polling_date" and value is not None:
        return date.fromisoformat(value).isoformat()
    return value


def check_rejected_events(expected: Expected, held: Held) -> Iterator[str]:
    """Each rejected offset is there with its reason and as many bytes as secrecy allows.

    More than once is allowed where all copies say the same: it is sent before the ledger's entry.
    """
    found: dict[Place, set[tuple[Any, ...]]] = {}
    for record in held.rejected_events:
        h = record.headers
        origin = (h["topic"], int(h["partition"]), int(h["offset"]))
        length = int(h["length"]) if "length" in h else None
        says = (h["reason"], record.value, h.get("sha256"), length)
        found.setdefault(origin, set()).add(says)
    for origin, said in sorted(found.items()):
        if len(said) > 1:
            yield f"rejected_events {origin}: expected equal copies, actual {len(said)} that differ"
    names = ("reason", "value", "value_sha256", "value_length")
    actual = pl.DataFrame(
        [(*origin, *sorted(said, key=str)[0]) for origin, said in found.items()],
        schema={"topic": pl.String, "kafka_partition": pl.Int64, "kafka_offset": pl.Int64,
                **dict(zip(names, (pl.String, pl.Binary, pl.String, pl.Int64), strict=True))},
        orient="row",
    )  # fmt: skip
    rows = expected.kept.filter(pl.col("verdict").is_not_null()).with_columns(
        pl.when("is_withheld").then("value_length").alias("value_length"),
    )  # fmt: skip
    rows = rows.select("topic", *PLACE, "value", "value_sha256", "value_length", reason="verdict")
    yield from compare("rejected_events", ("topic", *PLACE), rows, actual)
