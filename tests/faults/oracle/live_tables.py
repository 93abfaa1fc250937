"""Classes -> what `analytics` must say: the live tables and the facts, row by row."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from .judging import COUNTED, PLACE, Frames, stations
from .wire import PAPER_REASONS

METHODS = ("in_person", "postal", "proxy", "tendered")
CELL = ("region_id", "age_band", "sex", "education")
_HOUR = 3_600_000_000
_N = pl.len().cast(pl.Int64)

# The key of each table, after night_id.
KEYS: dict[str, tuple[str, ...]] = {
    "candidate_totals": ("constituency_id", "candidate_id"),
    "constituency_counts": ("constituency_id",),
    "regional_turnout": ("region_id", "constituency_id"),
    "hourly_trends": ("hour_start_at", "region_id", "party_abbreviation"),
    "demographic_analysis": CELL,
    "exit_poll_estimates": (*CELL, "party_abbreviation"),
    "polling_station_turnout": ("polling_station_id",),
    "seats": ("constituency_id",),
    "stations": ("polling_station_id",),
    "nominations": ("candidate_id",),
    "declaration_versions": ("constituency_id", "version"),
    "rejections": ("topic", *PLACE),
}
LIVE = tuple(KEYS)[:7]


def live_tables(classes: Frames) -> dict[str, pl.DataFrame]:
    """Return each table of KEYS as it must be; times are microseconds since 1970."""
    counted = {topic: frame.filter(COUNTED) for topic, frame in classes.items()}
    places = stations(classes)
    return {
        "candidate_totals": _candidate_totals(counted),
        "constituency_counts": _constituency_counts(counted),
        "regional_turnout": _regional_turnout(counted),
        "hourly_trends": _hourly_trends(counted),
        "demographic_analysis": _demographic_analysis(counted),
        "exit_poll_estimates": _exit_poll_estimates(counted),
        "polling_station_turnout": _station_turnout(classes, counted, places),
        **_facts(classes, counted, places),
    }


def _candidate_totals(counted: Frames) -> pl.DataFrame:
    votes = counted["votes"].group_by("candidate_id").agg(_N.alias("vote_count"))
    return _filled(
        counted["candidates"].select(
            "constituency_id", "candidate_id", "party_abbreviation", region_id="seat_region"
        ).join(votes, on="candidate_id", how="left"), ["vote_count"],
    )  # fmt: skip


def _constituency_counts(counted: Frames) -> pl.DataFrame:
    papers, reason = counted["votes"], pl.col("rejection_reason")
    by_seat = papers.group_by("constituency_id").agg(
        _N.alias("papers_counted"),
        pl.col("candidate_id").count().cast(pl.Int64).alias("valid_votes"),
        *((reason == r).sum().cast(pl.Int64).alias(f"rejected_{r}") for r in PAPER_REASONS),
        first_counted_at=pl.col("counted_at").min(), last_counted_at=pl.col("counted_at").max(),
    )  # fmt: skip
    accounts = newest_accounts(counted, "count_batch")
    missing = _missing(accounts, papers, "count_batch_id", "paper_no")
    of_accounts = missing.group_by("constituency_id").agg(
        pl.col("count").sum().alias("papers_accounted_for"),
        pl.col("missing").sum().alias("papers_missing"),
        _N.alias("batches_accounted_for"),
    )
    seats = counted["constituencies"].select("constituency_id", "region_id")
    rows = seats.join(by_seat, on="constituency_id", how="left").join(
        of_accounts, on="constituency_id", how="left"
    )
    times = {"first_counted_at", "last_counted_at", "constituency_id", "region_id"}
    return _filled(rows, [name for name in rows.columns if name not in times])


def _regional_turnout(counted: Frames) -> pl.DataFrame:
    registered = counted["voters"].group_by("constituency_id").agg(_N.alias("registered"))
    methods = [(pl.col("method") == m).sum().cast(pl.Int64).alias(f"issued_{m}") for m in METHODS]
    issued = counted["ballots_issued"].group_by("constituency_id").agg(methods)
    rows = (
        counted["constituencies"].select("region_id", "constituency_id")
        .join(registered, on="constituency_id", how="left")
        .join(issued, on="constituency_id", how="left")
    )  # fmt: skip
    return _filled(rows, ["registered", *(f"issued_{m}" for m in METHODS)])


def _hourly_trends(counted: Frames) -> pl.DataFrame:
    measures = ("issued_in_person", "issued_postal", "votes_counted")
    is_post = pl.col("method") == "postal"
    issued = counted["ballots_issued"].filter(pl.col("method") != "tendered").select(
        _hour("issued_at"), pl.lit("-").alias("party_abbreviation"), region_id="station_region",
        issued_in_person=(~is_post).cast(pl.Int64), issued_postal=is_post.cast(pl.Int64),
    )  # fmt: skip
    votes = counted["votes"].filter(pl.col("candidate_id").is_not_null()).select(
        _hour("counted_at"), party_abbreviation="candidate_party", region_id="seat_region",
        votes_counted=pl.lit(1, pl.Int64),
    )  # fmt: skip
    both = pl.concat([issued, votes], how="diagonal")
    return both.group_by(KEYS["hourly_trends"]).agg(pl.col(m).sum() for m in measures)


def _demographic_analysis(counted: Frames) -> pl.DataFrame:
    people = pl.concat(
        [
            frame.select(
                "age_band", "sex", "education", region_id="station_region",
                registered=pl.lit(of == "registered").cast(pl.Int64),
                ballots_issued=pl.lit(of == "issued").cast(pl.Int64),
            )
            for of, frame in (
                ("registered", counted["voters"]),
                ("issued", counted["ballots_issued"].filter(pl.col("method") != "tendered")),
            )
        ]
    )  # fmt: skip
    return people.group_by(CELL).agg(pl.col("registered").sum(), pl.col("ballots_issued").sum())


def _exit_poll_estimates(counted: Frames) -> pl.DataFrame:
    unknown = ["age_band", "sex", "education", "party_abbreviation"]
    answers = counted["exit_poll"].with_columns(pl.col(unknown).fill_null("-"))
    return answers.group_by(KEYS["exit_poll_estimates"]).agg(_N.alias("answers"))


def _station_turnout(classes: Frames, counted: Frames, places: pl.DataFrame) -> pl.DataFrame:
    key = "polling_station_id"
    registered = counted["voters"].group_by(key).agg(_N.alias("registered"))
    issued = counted["ballots_issued"].filter(pl.col("method") != "tendered")
    # A second ballot is rejected, but its number was handed out and is seen.
    is_second = pl.col("verdict").fill_null("") == "double_vote_attempt"
    handed_out = classes["ballots_issued"].filter(COUNTED | is_second)
    missing = _missing(newest_accounts(counted, "station"), handed_out, key, "issue_no")
    rows = (
        places.select(key, constituency_id="station_seat", region_id="station_region")
        .join(registered, on=key, how="left")
        .join(issued.group_by(key).agg(_N.alias("ballots_issued")), on=key, how="left")
        .join(missing.select(pl.col("id").alias(key), issue_numbers_missing="missing",
                             issue_numbers_accounted_for="count"), on=key, how="left")
    )  # fmt: skip
    return _filled(rows, ["registered", "ballots_issued", "issue_numbers_missing"])


def _facts(classes: Frames, counted: Frames, places: pl.DataFrame) -> dict[str, pl.DataFrame]:
    names = ("candidate_id", "constituency_id", "name", "party_id", "party_name",
             "party_abbreviation", "is_incumbent", "ballot_order")  # fmt: skip
    declared = ("constituency_id", "version", "status", "electorate", "rejected_ballots", "votes",
                "winner_candidate_id", "is_tie", "result_summary", "declared_at", "source",
                "reason", "kafka_offset")  # fmt: skip
    seats = ("constituency_id", "name", "region_id", "region_name", "nation", "electorate",
             "previous_winner", "previous_shares", "hex_q", "hex_r")  # fmt: skip
    n_stations = places.group_by("station_seat").agg(_N.alias("station_count"))
    return {
        "seats": _filled(
            counted["constituencies"].select(seats).join(
                n_stations, left_on="constituency_id", right_on="station_seat", how="left"
            ), ["station_count"],
        ),
        "stations": places.select("polling_station_id", "registered", name="station_name",
                                  constituency_id="station_seat", region_id="station_region"),
        "nominations": counted["candidates"].select(*names, region_id="seat_region"),
        "declaration_versions": counted["declarations"].select(declared),
        "rejections": pl.concat(
            frame.filter(pl.col("class") == "rejected").select(
                pl.lit(topic).alias("topic"), *PLACE, reason="verdict"
            )
            for topic, frame in classes.items()
        ),
    }  # fmt: skip


def newest_accounts(counted: Frames, kind: str) -> pl.DataFrame:
    """Return the newest version of each account of a kind: id, constituency_id, count."""
    of_kind = counted["ballot_accounts"].filter(pl.col("kind") == kind)
    newest = of_kind.sort("version", descending=True).unique("id", keep="first")
    return newest.select("id", "constituency_id", "count")


def _missing(
    accounts: pl.DataFrame, seen: pl.DataFrame, source: str, number: str
) -> pl.DataFrame:  # fmt: skip
    """Add to accounts how many numbers from 1 to the count were not seen."""
    numbers = seen.select(pl.col(source).alias("id"), pl.col(number).alias("number")).unique()
    within = numbers.join(accounts, on="id").filter(pl.col("number") <= pl.col("count"))
    found = within.group_by("id").agg(_N.alias("found"))
    rows = accounts.join(found, on="id", how="left")
    return rows.with_columns(missing=pl.col("count") - pl.col("found").fill_null(0))


def _hour(name: str) -> pl.Expr:
    return (pl.col(name) - pl.col(name) % _HOUR).alias("hour_start_at")


def _filled(rows: pl.DataFrame, counts: Iterable[str]) -> pl.DataFrame:
    return rows.with_columns(pl.col(list(counts)).fill_null(0))
