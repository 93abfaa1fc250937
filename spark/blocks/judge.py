"""Typed messages + dimensions -> the verdict: the first reason that applies, or none (pure).

The order of the reasons is `election.acceptance.REASONS`. Two of them need what was accepted
before and are found at the tally: `double_vote_attempt`, and `register_closed` for a dimension
that comes after its account is full.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from election.acceptance import (
    ISSUE_NO_PER_REGISTERED,
    LATE_AFTER,
    QUEUE_AFTER_CLOSE,
    REASONS,
    TOO_EARLY_AFTER,
)
from election.clock import HOUR
from election.topics import DIMENSION_TOPICS, INPUT_TOPICS, event_of
from spark.blocks.lookup import CANDIDATE, STATION, Lookup
from spark.blocks.rules import MICROSECOND, NightRules
from spark.schemas import topic_number

_DAY_US = 24 * HOUR // MICROSECOND


def judge(typed: pl.DataFrame, lookup: Lookup, rules: NightRules) -> pl.DataFrame:
    """Add `reason` (null: acceptable), `is_late`, `region_id` and `registered`."""
    key = pl.coalesce("station_ref", "candidate_ref", "seat_ref").alias("dim_key")
    joined = (
        typed.with_columns(key)
        .join(lookup.rows, on="dim_key", how="left", maintain_order="left")
        .join(lookup.members, on="dim_key", how="left", maintain_order="left")
    )
    return joined.select(
        *typed.columns,
        pl.col("dim_region").alias("region_id"),
        "registered",
        verdict(lookup, rules).alias("reason"),
        _is_late().alias("is_late"),
    )


def verdict(lookup: Lookup, rules: NightRules) -> pl.Expr:
    """Return the expression for the first reason that applies."""
    conditions = reference_conditions(lookup) | time_conditions(rules)
    first = pl.lit(None, pl.String)
    for reason in reversed([reason for reason in REASONS if reason in conditions]):
        first = pl.when(conditions[reason]).then(pl.lit(reason)).otherwise(first)
    return pl.coalesce("refused_as", first)


def reference_conditions(lookup: Lookup) -> dict[str, pl.Expr]:
    """Conditions on seats, stations, candidates and numbers; one that is null does not apply."""
    seat, region = pl.col("seat_ref"), pl.col("region_ref")
    station, candidate = pl.col("station_ref"), pl.col("candidate_ref")
    kind, dim_seat = pl.col("dim_kind").fill_null(""), pl.col("dim_seat")
    refs, number = pl.col("candidate_refs"), pl.col("number")
    batch, is_ballot = pl.col("batch_ref"), is_of(["ballots_issued"])
    own = seat + "-B"
    of_batch = batch.str.starts_with(own) & batch.str.strip_prefix(own).str.contains(r"\A[0-9]+\z")
    known_refs = refs.list.eval(pl.element().is_in(lookup.candidates.implode())).list.all()
    return {
        "unknown_seat": _is_not_in(seat, lookup.seats) | _is_not_in(region, lookup.regions),
        "unknown_station": station.is_not_null() & (kind != STATION),
        "station_of_other_seat": station.is_not_null() & (dim_seat != seat),
        "unknown_candidate": (candidate.is_not_null() & (kind != CANDIDATE))
        | (refs.is_not_null() & ~known_refs)
        | _is_not_in(pl.col("party_ref"), lookup.parties),
        "candidate_of_other_seat": (candidate.is_not_null() & (dim_seat != seat))
        | (refs.list.set_difference(pl.col("members")).list.len() > 0),
        "batch_of_other_seat": batch.is_not_null() & ~of_batch,
        "no_choice": is_of(["votes"]) & pl.col("choice").is_null(),
        "number_out_of_range": pl.when(is_ballot)
        .then(~number.is_between(1, ISSUE_NO_PER_REGISTERED * pl.col("registered")))
        .otherwise(~pl.col("is_in_range")),
        "unknown_elector": ~pl.when(is_of(["voters"]))
        .then(number)
        .otherwise(pl.col("elector_no"))
        .is_between(1, pl.col("registered")),
    }


def time_conditions(rules: NightRules) -> dict[str, pl.Expr]:
    """Conditions on the election's clock; none looks at the reader's."""
    open_us = (rules.closes_at - rules.opens_at + QUEUE_AFTER_CLOSE) // MICROSECOND
    since = pl.col("at_us") - rules.opens_us
    is_postal = (pl.col("method") == "postal").fill_null(False)
    # A seat may poll weeks later: the hours count, not the day. Post arrives before, too.
    within_hours = ((since % _DAY_US <= open_us) & (since >= 0)) | (is_postal & (since < 0))
    return {
        "outside_hours": is_of(["ballots_issued"]) & ~within_hours,
        "too_early": pl.col("at_us") > pl.col("sent_us") + TOO_EARLY_AFTER // MICROSECOND,
        "register_closed": is_of((*DIMENSION_TOPICS, "voters"))
        & (pl.col("sent_us") >= rules.opens_us),
    }


def _is_late() -> pl.Expr:
    late = is_of(topic for topic in INPUT_TOPICS if event_of(topic).can_be_late)
    waited = pl.col("sent_us") - pl.col("at_us")
    return (late & (waited > LATE_AFTER // MICROSECOND)).fill_null(False)


def is_of(topics: Iterable[str]) -> pl.Expr:
    """Return the expression: a message is of one of the topics."""
    return pl.col("topic_no").is_in([topic_number(topic) for topic in topics])


def _is_not_in(value: pl.Expr, known: pl.Series) -> pl.Expr:
    return value.is_not_null() & ~value.is_in(known.implode())
