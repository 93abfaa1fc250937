"""Judged messages -> the few rows that reach the driver (pure).

Four groupings, told apart by `part`:
- SHEETS: per source, choice or method, and moment (the batch's counting time, the hour of issue):
  how many messages, first and last offset. A rejected message, or an acceptable fact of a small
  topic, is a row of its own.
- NUMBERS and ELECTORS: per source and 64 numbers, the bits of the numbers that came: `or` and
  `xor`, from which twins inside the batch follow by arithmetic.
- CELLS: by region, age, sex and education.

Every measure adds up, so that blocks are reduced on the executors and their rows merged.
"""

from __future__ import annotations

import base64
import hashlib

import numpy as np
import polars as pl

from election.acceptance import keeps_bytes
from election.topics import INPUT_TOPICS, event_of
from spark.blocks.judge import is_of

SHEETS, NUMBERS, ELECTORS, CELLS = 1, 2, 3, 4

# Longer values of rejected messages do not travel with the reduced rows: the driver reads them
# once more, one at a time.
INLINE_BYTES = 1024
TOO_LONG = ">"

NUMBERED_TOPICS = ("voters", "ballots_issued", "votes", "exit_poll")

_HOUR_US = 3_600_000_000
_WORD_BITS = 64
_SHEET = ["topic_no", "kafka_partition", "source", "seat", "choice", "moment_us", "is_late"]
_OWN_ROW = ["reason", "row_offset", "fact"]
_CELL = ["topic_no", "cell_region", "age_band", "sex", "education", "cell_choice"]
# What the exact pass asks for of a message, and what the groupings work on.
PREPARED = pl.Schema(
    {
        "topic_no": pl.Int8,
        "kafka_partition": pl.Int32,
        "kafka_offset": pl.Int64,
        "source": pl.String,
        "seat": pl.String,
        "choice": pl.String,
        "moment_us": pl.Int64,
        "is_late": pl.Boolean,
        "reason": pl.String,
        "row_offset": pl.Int64,
        "fact": pl.String,
        "number": pl.Int64,
        "elector_no": pl.Int64,
        "cell_region": pl.String,
        "age_band": pl.String,
        "sex": pl.String,
        "education": pl.String,
        "cell_choice": pl.String,
        "produced_us": pl.Int64,
    }
)
REDUCED = pl.Schema(
    {
        "part": pl.Int32(),
        **{name: PREPARED[name] for name in (*_SHEET, *_OWN_ROW)},
        "messages": pl.Int64(),
        "first_offset": pl.Int64(),
        "last_offset": pl.Int64(),
        "first_produced": pl.Int64(),
        "last_produced": pl.Int64(),
        "number_word": pl.Int64(),
        "number_or": pl.Int64(),
        "number_xor": pl.Int64(),
        "elector_word": pl.Int64(),
        "elector_or": pl.Int64(),
        "elector_xor": pl.Int64(),
        **{name: PREPARED[name] for name in _CELL[1:]},
    }
)


def prepare(judged: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that the groupings and the exact pass work on (PREPARED)."""
    ok = pl.col("reason").is_null()
    is_votes, is_exit_poll = is_of(["votes"]), is_of(["exit_poll"])
    has_number = ok & is_of(NUMBERED_TOPICS)
    is_counted_person = (pl.col("method") != "tendered") | is_of(["voters", "exit_poll"])
    in_cells = ok & is_counted_person.fill_null(False)
    at, has_method = pl.col("at_us"), pl.col("method").is_not_null()
    columns = {
        "source": _if(has_number, pl.col("source")),
        "seat": _if(ok & is_votes, pl.col("seat_ref")),
        "choice": _if(ok & ~is_exit_poll, pl.coalesce("method", "choice")),
        # Papers of a batch have one counting time; ballots issued are gathered by the hour.
        "moment_us": pl.when(ok & is_votes).then(at)
        .when(ok & has_method).then(at - at % _HOUR_US),
        "is_late": _if(ok, pl.col("is_late")),
        "row_offset": _if(~ok | pl.col("fact").is_not_null(), pl.col("kafka_offset")),
        "fact": pl.when(ok).then("fact").otherwise(_rejected_values(judged)),
        "number": _if(has_number, pl.col("number")),
        "elector_no": _if(ok, pl.col("elector_no")),
        "cell_region": _if(in_cells, pl.coalesce("region_id", "region_ref")),
        **{
            name: _if(in_cells, pl.col(name).fill_null("-"))
            for name in ("age_band", "sex", "education")
        },
        "cell_choice": _if(ok & is_exit_poll, pl.col("choice")),
    }  # fmt: skip
    return judged.with_columns(**columns).select(PREPARED.names())


def reduce(prepared: pl.DataFrame) -> pl.DataFrame:
    """Aggregate prepared messages to REDUCED rows; see the module."""
    parts = [
        _sheets(prepared),
        _words(prepared, NUMBERS, "number", "number"),
        _words(prepared, ELECTORS, "elector", "elector_no"),
        prepared.filter(pl.col("cell_region").is_not_null())
        .group_by(_CELL)
        .agg(pl.len().cast(pl.Int64).alias("messages"))
        .with_columns(pl.lit(CELLS, pl.Int32).alias("part")),
    ]
    return conform(pl.concat(parts, how="diagonal"))


def merge(reduced: pl.DataFrame) -> pl.DataFrame:
    """Add up the rows of several blocks."""
    measures = {
        "messages": pl.col("messages").sum(),
        "first_offset": pl.col("first_offset").min(),
        "last_offset": pl.col("last_offset").max(),
        "first_produced": pl.col("first_produced").min(),
        "last_produced": pl.col("last_produced").max(),
    }
    own_row = (pl.col("part") == SHEETS) & pl.col("row_offset").is_not_null()
    sheets = reduced.filter((pl.col("part") == SHEETS) & pl.col("row_offset").is_null())
    parts = [
        reduced.filter(own_row),
        sheets.group_by("part", *_SHEET).agg(**measures),
        *(_merged_words(reduced.filter(pl.col("part") == part), what)
          for part, what in ((NUMBERS, "number"), (ELECTORS, "elector"))),
        reduced.filter(pl.col("part") == CELLS)
        .group_by("part", *_CELL)
        .agg(pl.col("messages").sum()),
    ]  # fmt: skip
    return conform(pl.concat(parts, how="diagonal"))


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the columns of REDUCED, missing ones null."""
    missing = [pl.lit(None, t).alias(n) for n, t in REDUCED.items() if n not in rows.columns]
    return rows.with_columns(missing).select(
        pl.col(name).cast(kind) for name, kind in REDUCED.items()
    )


def _sheets(prepared: pl.DataFrame) -> pl.DataFrame:
    offset, produced = pl.col("kafka_offset"), pl.col("produced_us")
    own = prepared.filter(pl.col("row_offset").is_not_null()).select(
        *_SHEET,
        *_OWN_ROW,
        pl.lit(1, pl.Int64).alias("messages"),
        offset.alias("first_offset"),
        offset.alias("last_offset"),
        produced.alias("first_produced"),
        produced.alias("last_produced"),
    )
    grouped = (
        prepared.filter(pl.col("row_offset").is_null())
        .group_by(_SHEET)
        .agg(
            pl.len().cast(pl.Int64).alias("messages"),
            offset.min().alias("first_offset"),
            offset.max().alias("last_offset"),
            produced.min().alias("first_produced"),
            produced.max().alias("last_produced"),
        )
    )
    both = pl.concat([own, grouped], how="diagonal")
    return both.with_columns(pl.lit(SHEETS, pl.Int32).alias("part"))


def _words(prepared: pl.DataFrame, part: int, what: str, column: str) -> pl.DataFrame:
    """Gather numbers by source and word; `source` is null wherever a number may not count."""
    rows = prepared.filter(pl.col("source").is_not_null() & pl.col(column).is_not_null())
    place = rows[column].to_numpy() - 1
    bits = np.left_shift(np.uint64(1), (place % _WORD_BITS).astype(np.uint64)).view(np.int64)
    bit = pl.col("bit")
    return (
        rows.select("topic_no", "source")
        .with_columns(
            pl.Series(f"{what}_word", place // _WORD_BITS, pl.Int64),
            pl.Series("bit", bits, pl.Int64),
        )
        .group_by("topic_no", "source", f"{what}_word")
        .agg(
            bit.bitwise_or().alias(f"{what}_or"),
            bit.bitwise_xor().alias(f"{what}_xor"),
            pl.len().cast(pl.Int64).alias("messages"),
        )
        .with_columns(pl.lit(part, pl.Int32).alias("part"))
    )


def _merged_words(rows: pl.DataFrame, what: str) -> pl.DataFrame:
    return rows.group_by("part", "topic_no", "source", f"{what}_word").agg(
        pl.col(f"{what}_or").bitwise_or(),
        pl.col(f"{what}_xor").bitwise_xor(),
        pl.col("messages").sum(),
    )


def _rejected_values(judged: pl.DataFrame) -> pl.Series:
    """What reaches the driver of a rejected value: base64, or its hash where secrecy asks."""
    places = judged["reason"].is_not_null().arg_true()
    few = judged[places].select("topic_no", "reason", "value")
    texts = [_rejected_value(*row) for row in few.iter_rows()]
    whole = pl.Series("fact", [None], pl.String).new_from_index(0, len(judged))
    return whole.scatter(places, texts) if texts else whole


def _rejected_value(topic_no: int, reason: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    names_a_choice = event_of(INPUT_TOPICS[topic_no]).names_a_choice
    if not keeps_bytes(reason, names_a_choice=names_a_choice):
        return f"{hashlib.sha256(value).hexdigest()} {len(value)}"
    return TOO_LONG if len(value) > INLINE_BYTES else base64.b64encode(value).decode()


def _if(condition: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(value)
