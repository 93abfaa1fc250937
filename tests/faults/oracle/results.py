"""Classes and live tables -> what the marts must say once the count is over: who won what."""

from __future__ import annotations

from collections import Counter

import polars as pl

from .declared import DECLARED_KEYS, declared_marts, votes_of
from .judging import COUNTED, Frames
from .places import NOBODYS, PLACE_KEYS, place_marts

# The key of each mart, after night_id.
MART_KEYS: dict[str, tuple[str, ...]] = {
    "candidate_results": ("candidate_id",),
    "constituency_results": ("constituency_id",),
    "party_results": ("party_abbreviation",),
    "national_summary": (),
    "fct_declaration": ("constituency_id", "declaration_version"),
    "fct_candidate_result": ("candidate_id",),
    "counted_results": ("party_abbreviation",),
    **PLACE_KEYS,
    **DECLARED_KEYS,
}
_DECLARED = pl.Schema({"candidate_id": pl.String, "votes_declared": pl.Int64})


def marts(classes: Frames, live: Frames) -> dict[str, pl.DataFrame]:
    """Return each mart of MART_KEYS: those of its columns that follow from the log alone."""
    declarations = _declarations(classes)
    candidates = _candidates(live, declarations)
    seats = _seats(live, declarations, candidates)
    is_led_by = pl.col("leading_candidate_id").fill_null("") == pl.col("candidate_id")
    is_declared = pl.col("declaration_version").is_not_null()
    joined = candidates.join(
        seats.select("constituency_id", "declaration_version", "leading_candidate_id"),
        on="constituency_id", how="left",
    )  # fmt: skip
    standing = joined.with_columns(is_leading=is_led_by & ~is_declared)
    counts = live["constituency_counts"].select("constituency_id", "papers_counted")
    has_any = (pl.col("papers_counted") > 0) | is_declared
    return {
        "candidate_results": joined.select(
            "candidate_id", "constituency_id", "party_abbreviation", "votes_counted",
            "votes_declared", pl.when(is_declared).then("votes_declared")
            .otherwise("votes_counted").alias("votes"),
            pl.when(is_declared).then("is_winner").alias("is_winner"),
            (is_led_by & ~is_declared).alias("is_leading"),
        ),
        "constituency_results": seats.drop("second_votes", "declared_status"),
        "party_results": _parties(joined, is_led_by & ~is_declared),
        "national_summary": _nation(joined, seats),
        "fct_declaration": _all_versions(declarations),
        "fct_candidate_result": joined.join(counts, on="constituency_id").filter(has_any).select(
            "candidate_id", "constituency_id", "party_abbreviation", "votes_counted",
            "is_winner", pl.when(is_declared).then(pl.col("votes_declared").fill_null(0))
            .alias("votes_declared"),
        ),
        "counted_results": _counted(live),
        **place_marts(classes, live, seats, standing),
        **declared_marts(declarations, live),
    }  # fmt: skip


def _declarations(classes: Frames) -> pl.DataFrame:
    """Return every accepted version with valid votes, majority and whether it is the latest."""
    rows = classes["declarations"].filter(COUNTED).rename({"version": "declaration_version"})
    lines = [_first_two(votes_of(text)) for text in rows["votes"]]
    newest = pl.col("declaration_version").max().over("constituency_id")
    return rows.with_columns(
        pl.Series("valid_votes", [line[0] for line in lines], dtype=pl.Int64),
        pl.Series("majority", [line[1] for line in lines], dtype=pl.Int64),
        (pl.col("declaration_version") == newest).alias("is_latest"),
    )


def _first_two(votes: Counter[str]) -> tuple[int, int | None]:
    """Return the sum, and by how much the first leads the second."""
    counts = sorted(votes.values(), reverse=True)
    return sum(counts), counts[0] - counts[1] if len(counts) > 1 else None


def _candidates(live: Frames, declarations: pl.DataFrame) -> pl.DataFrame:
    latest = declarations.filter(pl.col("is_latest"))
    declared = [
        (candidate, count)
        for text in latest["votes"]
        for candidate, count in votes_of(text).items()
    ]
    votes = pl.DataFrame(declared, schema=_DECLARED, orient="row")
    winners = latest.select("constituency_id", "winner_candidate_id")
    is_winner = pl.col("winner_candidate_id").fill_null("") == pl.col("candidate_id")
    return (
        live["candidate_totals"].rename({"vote_count": "votes_counted"})
        .join(votes, on="candidate_id", how="left")
        .join(winners, on="constituency_id", how="left")
        .with_columns(is_winner.alias("is_winner"))
    )  # fmt: skip


def _seats(live: Frames, declarations: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    counts = live["constituency_counts"].select(
        "constituency_id", "papers_counted", "papers_missing", "valid_votes",
        rejected_counted=pl.col("papers_counted") - pl.col("valid_votes"),
        papers_expected="papers_accounted_for",
    )  # fmt: skip
    turnout = live["regional_turnout"].select(
        "constituency_id", "registered",
        ballots_issued=pl.sum_horizontal("issued_in_person", "issued_postal", "issued_proxy"),
    )  # fmt: skip
    latest = declarations.filter(pl.col("is_latest")).select(
        "constituency_id", "declaration_version", "majority", "is_tie", "result_summary",
        declared_status="status", declared_winner_candidate_id="winner_candidate_id",
        declared_electorate="electorate",
        valid_declared="valid_votes", rejected_declared="rejected_ballots",
    )  # fmt: skip
    by_votes = candidates.sort("votes_counted", "candidate_id", descending=[True, False])
    first_two = by_votes.group_by("constituency_id", maintain_order=True).agg(
        leading_candidate_id=pl.col("candidate_id").first(),
        leading_votes=pl.col("votes_counted").first(),
        second_votes=pl.col("votes_counted").get(1, null_on_oob=True).fill_null(0),
    )
    is_led = pl.col("leading_votes") > pl.col("second_votes")
    rows = live["seats"].select("constituency_id", "electorate")
    for more in (counts, turnout, latest, first_two):
        rows = rows.join(more, on="constituency_id", how="left")
    return rows.select(
        "constituency_id", "papers_counted", "papers_missing", "papers_expected", "registered",
        "ballots_issued", "declaration_version", "majority", "is_tie", "result_summary",
        "declared_winner_candidate_id", "declared_status", "second_votes",
        pl.coalesce("declared_electorate", "electorate").alias("electorate"),
        pl.coalesce("valid_declared", "valid_votes").alias("valid_votes"),
        pl.coalesce("rejected_declared", "rejected_counted").alias("rejected_ballots"),
        pl.when(is_led).then("leading_candidate_id").alias("leading_candidate_id"),
        pl.when(is_led).then("leading_votes").alias("leading_votes"),
    )  # fmt: skip


def _parties(joined: pl.DataFrame, is_leading: pl.Expr) -> pl.DataFrame:
    return joined.group_by("party_abbreviation").agg(
        pl.len().cast(pl.Int64).alias("candidates_standing"),
        pl.col("is_winner").sum().cast(pl.Int64).alias("seats_declared"),
        is_leading.sum().cast(pl.Int64).alias("seats_leading"),
        pl.col("votes_declared").fill_null(0).sum().alias("votes"),
        pl.col("votes_counted").sum(),
    )


def _nation(joined: pl.DataFrame, seats: pl.DataFrame) -> pl.DataFrame:
    is_declared = pl.col("declaration_version").is_not_null()
    declared = seats.filter(is_declared)
    is_party = ~pl.col("party_abbreviation").is_in(NOBODYS)
    parties = (
        _parties(joined, pl.lit(False))
        .filter(pl.col("seats_declared") > 0, is_party)
        .sort("seats_declared", "votes", "party_abbreviation", descending=[True, True, False])
    )
    first, second = (parties.row(i, named=True) if parties.height > i else {} for i in (0, 1))
    return pl.DataFrame(
        {
            "seats_total": seats.height,
            "seats_declared": declared.height,
            "seats_tied": int(declared["is_tie"].sum()),
            "electorate": int(seats["electorate"].sum()),
            "registered": int(seats["registered"].sum()),
            "ballots_issued": int(seats["ballots_issued"].sum()),
            "papers_counted": int(seats["papers_counted"].sum()),
            "valid_votes": int(declared["valid_votes"].sum()),
            "rejected_ballots": int(declared["rejected_ballots"].sum()),
            "leading_party": first.get("party_abbreviation"),
            "leading_party_seats": first.get("seats_declared"),
            "second_party": second.get("party_abbreviation"),
            "second_party_seats": second.get("seats_declared"),
        }
    )


def _all_versions(declarations: pl.DataFrame) -> pl.DataFrame:
    return declarations.select(
        "constituency_id", "declaration_version", "status", "declared_at", "is_latest",
        "electorate", "valid_votes", "rejected_ballots", "winner_candidate_id", "is_tie",
        "majority", "result_summary", "source", "reason", "kafka_offset",
    )  # fmt: skip


def _counted(live: Frames) -> pl.DataFrame:
    """Return seats and votes by party as the papers say, whatever was declared."""
    totals, votes = live["candidate_totals"], pl.col("vote_count")
    is_most = votes == votes.max().over("constituency_id")
    is_won = is_most & (is_most.sum().over("constituency_id") == 1) & (votes > 0)
    parties = totals.with_columns(is_won.alias("is_won")).group_by("party_abbreviation").agg(
        pl.col("is_won").sum().cast(pl.Int64).alias("seats"), votes.sum().alias("votes")
    )  # fmt: skip
    undecided = live["seats"].height - parties["seats"].sum()
    return parties.with_columns(
        seats_by_stream="seats", votes_by_stream="votes",
        seats_undecided=pl.lit(undecided, pl.Int64),
    )  # fmt: skip
