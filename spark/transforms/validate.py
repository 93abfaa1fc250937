"""Common columns + dimensions -> the verdict: the first reason that applies, or none.

The order of the reasons is `election.acceptance.REASONS`. Two of them need what was accepted
before and are found at the tally: `double_vote_attempt`, and `register_closed` for a dimension
that comes after its account is full.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from election.acceptance import (
    ISSUE_NO_PER_REGISTERED,
    LATE_AFTER,
    QUEUE_AFTER_CLOSE,
    REASONS,
    TOO_EARLY_AFTER,
)
from election.clock import HOUR
from election.topics import DIMENSION_TOPICS, INPUT_TOPICS, event_of
from spark.schemas import topic_number
from spark.transforms.dimensions import CANDIDATE, STATION, DimensionTable
from spark.transforms.rules import MICROSECOND, NightRules

_DAY_US = 24 * HOUR // MICROSECOND
_BALLOTS, _VOTERS = topic_number("ballots_issued"), topic_number("voters")

_SEAT_IS_KNOWN = "(coalesce(dim_seat = seat_ref, false) or array_contains(known_seats, seat_ref))"


def validate(parsed: DataFrame, dimensions: DimensionTable, rules: NightRules) -> DataFrame:
    """Add `reason` (null: acceptable), `is_late`, `region_id` and `registered`."""
    key = F.expr("coalesce(station_ref, candidate_ref, seat_ref)")
    table = F.broadcast(dimensions.table)
    joined = parsed.join(table, key == F.col("dim_key"), "left").withColumns(dimensions.sets)
    kept = [*parsed.columns, "dim_region region_id", "registered"]
    return joined.selectExpr(*kept, f"{verdict(rules)} reason", f"{_is_late()} is_late")


def verdict(rules: NightRules) -> str:
    """Return the expression for the first reason that applies."""
    conditions = reference_conditions() | time_conditions(rules)
    ordered = {reason: conditions[reason] for reason in REASONS if reason in conditions}
    return _first(ordered)


def reference_conditions() -> dict[str, str]:
    """Conditions on seats, stations, candidates and numbers."""
    of_batch = r"startswith(batch_ref, concat(seat_ref, '-B')) and batch_ref rlike r'-B[0-9]+\z'"
    register = f"number between 1 and {ISSUE_NO_PER_REGISTERED} * registered"
    return {
        "unknown_seat": f"(seat_ref is not null and not {_SEAT_IS_KNOWN}) or "
        "(region_ref is not null and not array_contains(known_regions, region_ref))",
        "unknown_station": "station_ref is not null "
        f"and coalesce(dim_kind, '') <> '{STATION}'",
        "station_of_other_seat": "station_ref is not null and dim_seat <> seat_ref",
        "unknown_candidate": "(candidate_ref is not null "
        f"and coalesce(dim_kind, '') <> '{CANDIDATE}') "
        "or (candidate_refs is not null and exists(candidate_refs, "
        "x -> not array_contains(known_candidates, x))) "
        "or (party_ref is not null and not array_contains(known_parties, party_ref))",
        "candidate_of_other_seat": "(candidate_ref is not null and dim_seat <> seat_ref) "
        "or (candidate_refs is not null and exists(candidate_refs, "
        "x -> not array_contains(members, x)))",
        "batch_of_other_seat": f"batch_ref is not null and not ({of_batch})",
        "no_choice": f"topic_no = {topic_number('votes')} and choice is null",
        "number_out_of_range": f"case when topic_no = {_BALLOTS} then not ({register}) "
        "else not is_in_range end",
        "unknown_elector": f"case when topic_no = {_VOTERS} then not (number between 1 and "
        "registered) else not (elector_no between 1 and registered) end",
    }  # fmt: skip


def time_conditions(rules: NightRules) -> dict[str, str]:
    """Conditions on the election's clock; none looks at the reader's."""
    open_us = (rules.closes_at - rules.opens_at + QUEUE_AFTER_CLOSE) // MICROSECOND
    since = f"(at_us - {rules.opens_us})"
    registers = _topics((*DIMENSION_TOPICS, "voters"))
    return {
        # A seat may poll weeks later: the hours count, not the day. Post arrives before, too.
        "outside_hours": f"topic_no = {_BALLOTS} and not (pmod({since}, {_DAY_US}) <= {open_us} "
        f"and {since} >= 0 or method = 'postal' and {since} < 0)",
        "too_early": f"at_us > sent_us + {TOO_EARLY_AFTER // MICROSECOND}",
        "register_closed": f"topic_no in {registers} and sent_us >= {rules.opens_us}",
    }


def _is_late() -> str:
    late = _topics(t for t in INPUT_TOPICS if event_of(t).can_be_late)
    after = LATE_AFTER // MICROSECOND
    return f"coalesce(topic_no in {late} and sent_us - at_us > {after}, false)"


def _topics(topics: object) -> str:
    return f"({', '.join(str(topic_number(t)) for t in topics)})"  # type: ignore[attr-defined]


def _first(conditions: dict[str, str]) -> str:
    whens = " ".join(f"when {text} then '{reason}'" for reason, text in conditions.items())
    return f"case when refused_as is not null then refused_as {whens} end"
