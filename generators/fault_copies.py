"""Faults of repetition: copies of genuine messages, the same or wrong, that follow them. Pure."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from election.acceptance import ISSUE_NO_PER_REGISTERED
from generators.catalogue import AGE, METHOD, REJECTION
from generators.fault_columns import BEFORE_THE_POLL, FAULT, MALFORMATION
from generators.fault_rates import FaultRates
from generators.malformed import malformations_of
from generators.moments import HOUR, SECOND
from generators.streams import choose, log_uniform, stream

_AFTER_US = (0.2 * SECOND, 2 * HOUR)
_BEFORE_THE_POLL_AFTER_US = (1_000, 5 * SECOND)  # the register phase is short
_SECOND_BALLOT_AFTER = timedelta(seconds=20)
_NOBODY_ABOVE = 500  # numbers above the register that are tried


def copies(
    topic: str, genuine: pl.DataFrame, stations: pl.DataFrame, rates: FaultRates, seed: int
) -> list[pl.DataFrame]:
    """Return copies of a topic's messages by fault, each released after its original."""

    def taken(fault: str, rate: float, among: pl.DataFrame = genuine) -> pl.DataFrame:
        generator = stream(seed, f"fault-{fault}", topic)
        return _later(topic, among[choose(generator, among.height, rate)], fault, generator)

    found = [
        taken("duplicate", rates.duplicate),
        _malformed(topic, taken("malformed", rates.malformed), stream(seed, "ways", topic)),
    ]
    if topic == "votes":
        found.append(_conflicting_votes(taken("conflict", rates.conflict)))
    if topic == "ballots_issued":
        numbered = genuine.filter(pl.col("elector_no").is_not_null())
        generator = stream(seed, "fault-values", topic)
        found += [
            _conflicting_issues(taken("conflict", rates.conflict)),
            _of_nobody(
                taken("unknown_elector", rates.unknown_elector, numbered), stations, generator
            ),
            _at_another_seat(taken("wrong_station", rates.wrong_station), generator),
        ]
    return found


def _later(
    topic: str, rows: pl.DataFrame, fault: str, generator: np.random.Generator
) -> pl.DataFrame:
    bounds = _BEFORE_THE_POLL_AFTER_US if topic in BEFORE_THE_POLL else _AFTER_US
    after = log_uniform(generator, bounds[0], bounds[1], rows.height).astype(np.int64)
    return rows.with_columns(
        pl.col("release_at") + pl.Series(after).cast(pl.Duration("us")),
        pl.lit(fault, FAULT).alias("fault"),
    )


def _malformed(topic: str, rows: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    ways = list(malformations_of(topic))
    drawn = [ways[i] for i in generator.integers(len(ways), size=rows.height)]
    return rows.with_columns(pl.Series("malformation", drawn, dtype=MALFORMATION))


def _conflicting_votes(rows: pl.DataFrame) -> pl.DataFrame:
    """The same paper, read otherwise: a vote as unmarked, a rejected paper for another reason."""
    unmarked, too_many = (pl.lit(r, REJECTION) for r in ("unmarked_or_void", "too_many_votes"))
    return rows.with_columns(
        pl.lit(None).cast(rows.schema["candidate_id"]).alias("candidate_id"),
        pl.when(pl.col("rejection_reason") == "unmarked_or_void")
        .then(too_many)
        .otherwise(unmarked)
        .alias("rejection_reason"),
    )


def _conflicting_issues(rows: pl.DataFrame) -> pl.DataFrame:
    """The same paper, with another age band."""
    bands = len(AGE.categories)
    codes = (pl.col("age_band").to_physical().cast(pl.UInt32) + 1) % bands
    return rows.with_columns(codes.cat.to(AGE).alias("age_band"))


def _of_nobody(
    rows: pl.DataFrame, stations: pl.DataFrame, generator: np.random.Generator
) -> pl.DataFrame:
    """The same paper, of an elector whom the station's register does not have."""
    above = generator.integers(1, _NOBODY_ABOVE + 1, rows.height)
    number = _registered(rows, stations) + above
    return rows.with_columns(pl.Series("elector_no", number).cast(rows.schema["elector_no"]))


def _at_another_seat(rows: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """The same paper, said to be of a seat that the station is not in."""
    seats = rows.schema["constituency_id"]
    assert isinstance(seats, pl.Enum)
    count = len(seats.categories)
    if count < 2:
        return rows.clear()
    other = generator.integers(1, count, rows.height)
    codes = (rows["constituency_id"].to_physical().to_numpy().astype(np.int64) + other) % count
    return rows.with_columns(pl.Series("constituency_id", codes).cast(pl.UInt32).cat.to(seats))


def second_ballots(
    genuine: pl.DataFrame,
    stations: pl.DataFrame,
    rates: FaultRates,
    generator: np.random.Generator,
) -> pl.DataFrame:
    """Return second ballots of electors who had theirs, with the next numbers of the book."""
    # Nobody turns up in person at a station where nobody else did: its times are of the post.
    in_person = (pl.col("method") == "in_person").any().over("polling_station_id")
    numbered = genuine.filter(pl.col("elector_no").is_not_null() & in_person)
    rows = numbered[choose(generator, numbered.height, rates.second_ballot)]
    book = genuine.group_by("polling_station_id").agg(
        pl.col("issue_no").max().alias("last_no"), pl.col("issued_at").max().alias("last_at")
    )
    rows = rows.join(book, on="polling_station_id", how="left", maintain_order="left")
    rank = pl.int_range(1, pl.len() + 1).over("polling_station_id")
    issued_at = pl.col("last_at") + _SECOND_BALLOT_AFTER * rank
    rows = rows.with_columns(
        (pl.col("last_no") + rank).cast(rows.schema["issue_no"]).alias("issue_no"),
        pl.lit("in_person", METHOD).alias("method"),
        issued_at.alias("issued_at"),
        (issued_at + timedelta(seconds=1)).alias("sent_at"),
        (pl.max_horizontal(issued_at, "release_at") + timedelta(seconds=1)).alias("release_at"),
        pl.lit("second_ballot", FAULT).alias("fault"),
    )
    most = _registered(rows, stations) * ISSUE_NO_PER_REGISTERED
    return rows.filter(pl.col("issue_no") <= pl.Series(most)).select(genuine.columns)


def account_for(accounts: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts with the second ballots that stations handed out."""
    more = second.group_by(pl.col("polling_station_id").cast(pl.String).alias("id")).len("more")
    counted = accounts.join(
        more.with_columns(pl.lit("station").alias("kind")),
        on=["kind", "id"],
        how="left",
        maintain_order="left",
    )
    return counted.with_columns(pl.col("count") + pl.col("more").fill_null(0)).drop("more")


def _registered(rows: pl.DataFrame, stations: pl.DataFrame) -> np.ndarray:
    """Return how many electors each row's station has; stations are in their type's order."""
    codes = rows["polling_station_id"].to_physical().to_numpy()
    return stations["registered"].to_numpy()[codes]
