"""Classes and live tables -> the marts by place: regions, stations, hours, key seats, dim_*."""

from __future__ import annotations

import orjson
import polars as pl

from .judging import COUNTED, Frames

# The key of each mart, after night_id.
PLACE_KEYS: dict[str, tuple[str, ...]] = {
    "regional_results": ("region_id", "party_abbreviation"),
    "regional_turnout": ("region_id",),
    "hourly_trends": ("hour_start_at", "region_id", "party_abbreviation"),
    "polling_station_turnout": ("polling_station_id",),
    "key_seats": ("constituency_id",),
    "dim_candidate": ("candidate_id",),
    "dim_constituency": ("constituency_id",),
    "dim_party": ("party_abbreviation",),
    "dim_polling_station": ("polling_station_id",),
    "dim_region": ("region_id",),
}
NOBODYS = ("Ind", "Independent", "Spk")
_ISSUED = ("issued_in_person", "issued_postal", "issued_proxy", "issued_tendered")
_N = pl.len().cast(pl.Int64)
_FEWEST_RANKED = 10  # names on a station's register: below, a turnout is one person's business


def place_marts(
    classes: Frames, live: Frames, results: pl.DataFrame, candidates: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return each mart of PLACE_KEYS: those of its columns that follow from the log alone.

    Args:
        classes: Every topic's messages with the class of each.
        live: What `analytics` must say.
        results: A row a seat: its newest declaration, who leads, turnout (`results.seats`).
        candidates: A row a candidate: votes counted and declared, `is_winner`, `is_leading`.
    """
    seats = with_outcome(live, results, candidates)
    return {
        "regional_results": _regional_results(seats, candidates),
        "regional_turnout": _regional_turnout(live, seats),
        "hourly_trends": _hourly_trends(live),
        "polling_station_turnout": _stations(live),
        "key_seats": _key_seats(seats),
        **_dimensions(classes, live),
    }


def with_outcome(
    live: Frames, results: pl.DataFrame, candidates: pl.DataFrame
) -> pl.DataFrame:  # fmt: skip
    """Return a row a seat with its names, who won it now and before, and how: `outcome`."""
    names = live["seats"].select(
        "constituency_id", "name", "region_id", "region_name", "nation", "previous_winner",
        previous_margin=pl.Series(list(map(margin_before, live["seats"]["previous_shares"])),
                                  dtype=pl.Float64),
    )  # fmt: skip
    winners = candidates.filter("is_winner").select(
        "constituency_id", winner_party="party_abbreviation"
    )
    rows = results.join(names, on="constituency_id").join(winners, on="constituency_id", how="left")
    is_tie, before, now = pl.col("is_tie"), pl.col("previous_winner"), pl.col("winner_party")
    outcome = (
        pl.when(is_tie).then(pl.lit("tie"))
        .when(before.is_null() | now.is_null()).then(None)
        .when(before == now).then(pl.lit("hold"))
        .otherwise(pl.lit("gain"))
    )  # fmt: skip
    return rows.with_columns(
        pl.when(pl.col("declaration_version").is_not_null()).then(outcome).alias("outcome")
    )


def margin_before(previous_shares: str | None) -> float | None:
    """Return by how much the first party led the second at the election before."""
    best: dict[str, float] = {}
    for line in orjson.loads(previous_shares or "[]"):
        party, share = line["party_abbreviation"], line["share"]
        if party not in NOBODYS:
            best[party] = max(share, best.get(party, share))
    shares = sorted(best.values(), reverse=True)
    return shares[0] - shares[1] if len(shares) > 1 else None


def _regional_results(seats: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    rows = candidates.join(seats.select("constituency_id", "outcome"), on="constituency_id")
    is_gain = pl.col("is_winner") & (pl.col("outcome").fill_null("") == "gain")
    parties = rows.group_by("region_id", "party_abbreviation").agg(
        candidates_standing=_N,
        seats_declared=_sum("is_winner"), seats_leading=_sum("is_leading"),
        seats_gained=is_gain.sum().cast(pl.Int64),
        votes=pl.col("votes_declared").fill_null(0).sum(),
        votes_counted=pl.col("votes_counted").sum(),
    )  # fmt: skip
    lost = seats.filter(pl.col("outcome") == "gain").group_by("region_id", "previous_winner").agg(
        seats_lost=_N
    )  # fmt: skip
    regions = _regions(seats).select("region_id", "seats_total", "valid_declared",
                                     seats_declared_total="seats_declared")  # fmt: skip
    joined = parties.join(
        lost, left_on=["region_id", "party_abbreviation"],
        right_on=["region_id", "previous_winner"], how="left",
    ).join(regions, on="region_id")  # fmt: skip
    return joined.with_columns(
        pl.col("seats_lost").fill_null(0), vote_share=_share("votes", "valid_declared")
    ).drop("valid_declared")  # fmt: skip


def _regions(seats: pl.DataFrame) -> pl.DataFrame:
    """Add seats up by region; what is declared over the declared seats alone."""
    is_declared = pl.col("declaration_version").is_not_null()
    return seats.group_by("region_id").agg(
        pl.col("region_name", "nation").max(),
        seats_total=_N, seats_declared=is_declared.sum().cast(pl.Int64),
        registered=pl.col("registered").sum(), ballots_issued=pl.col("ballots_issued").sum(),
        valid_declared=pl.col("valid_votes").filter(is_declared).sum(),
        declared_electorate=pl.col("electorate").filter(is_declared).sum(),
    )  # fmt: skip


def _regional_turnout(live: Frames, seats: pl.DataFrame) -> pl.DataFrame:
    issued = live["regional_turnout"].group_by("region_id").agg(pl.col(_ISSUED).sum())
    return _regions(seats).join(issued, on="region_id").select(
        "region_id", "region_name", "nation", "seats_total", "seats_declared", "registered",
        "ballots_issued", *_ISSUED,
        turnout_issued=_share("ballots_issued", "registered"),
        turnout=_share("valid_declared", "declared_electorate"),
        turnout_basis=pl.lit("declared"), turnout_seats="seats_declared",
    )  # fmt: skip


def _hourly_trends(live: Frames) -> pl.DataFrame:
    is_issue = pl.col("party_abbreviation") == "-"
    regions = live["seats"].group_by("region_id").agg(pl.col("region_name").max())
    both = pl.col("issued_in_person") + pl.col("issued_postal")
    return live["hourly_trends"].join(regions, on="region_id").select(
        *PLACE_KEYS["hourly_trends"], "region_name",
        row_kind=pl.when(is_issue).then(pl.lit("issued")).otherwise(pl.lit("counted")),
        issued_in_person=pl.when(is_issue).then("issued_in_person"),
        issued_postal=pl.when(is_issue).then("issued_postal"),
        ballots_issued=pl.when(is_issue).then(both),
        votes_counted=pl.when(~is_issue).then("votes_counted"),
    )  # fmt: skip


def _stations(live: Frames) -> pl.DataFrame:
    names = live["stations"].select("polling_station_id", polling_station_name="name")
    seats = live["seats"].select("constituency_id", "region_name", constituency_name="name")
    rows = live["polling_station_turnout"].join(names, on="polling_station_id", how="left")
    rows = rows.join(seats, on="constituency_id", how="left").with_columns(
        turnout=_share("ballots_issued", "registered")
    )  # fmt: skip
    is_sealed = pl.col("issue_numbers_accounted_for").is_not_null()
    by_issued = rows.sort("ballots_issued", "polling_station_id", descending=[True, False])
    ranked = rows.filter(pl.col("registered") >= _FEWEST_RANKED).sort(
        "turnout", "registered", "polling_station_id", descending=[True, True, False],
        nulls_last=True,
    )  # fmt: skip
    for order, name in ((by_issued, "rank_by_ballots_issued"), (ranked, "rank_by_turnout")):
        places = order.select("polling_station_id").with_row_index(name, offset=1)
        rows = rows.join(places.with_columns(pl.col(name).cast(pl.Int64)),
                         on="polling_station_id", how="left")  # fmt: skip
    return rows.with_columns(
        pl.when(is_sealed).then("issue_numbers_missing").alias("issue_numbers_missing"),
        turnout_basis=pl.lit("ballots_issued"),
    )


def _key_seats(seats: pl.DataFrame) -> pl.DataFrame:
    """Name the seats that are looked at, each for the first reason that applies."""
    is_declared = pl.col("declaration_version").is_not_null()
    lead = pl.col("leading_votes") - pl.col("second_votes")
    reasons = {
        "tie": pl.col("is_tie"),
        "correction": pl.col("declared_status") == "corrected",
        "gain": pl.col("outcome") == "gain",
        "close_result": _share("majority", "valid_votes") < 0.02,
        "close_count": ~is_declared & (lead / pl.col("valid_votes") < 0.02),
        "marginal": pl.col("previous_margin") < 0.05,
    }
    why = pl.coalesce(
        *(pl.when(test.fill_null(False)).then(pl.lit(r)) for r, test in reasons.items())
    )
    return seats.with_columns(why=why).filter(pl.col("why").is_not_null()).select(
        "constituency_id", "why", "region_name", "majority", "outcome",
        constituency_name="name", previous_winner_party="previous_winner",
        declared_winner_party="winner_party",
    )  # fmt: skip


def _dimensions(classes: Frames, live: Frames) -> dict[str, pl.DataFrame]:
    candidates = classes["candidates"].filter(COUNTED)
    seats, stations = live["seats"], live["stations"]
    standing = candidates.group_by("constituency_id").agg(candidate_count=_N)
    named = candidates.group_by("party_abbreviation", "party_name").agg(n=_N)
    first_names = named.sort("n", "party_name", descending=[True, False]).unique(
        "party_abbreviation", keep="first", maintain_order=True
    )  # fmt: skip
    parties = candidates.group_by("party_abbreviation").agg(candidates_standing=_N)
    regions = seats.group_by("region_id").agg(
        pl.col("region_name", "nation").max(), pl.col("electorate", "station_count").sum(),
        seats_total=_N,
    )  # fmt: skip
    return {
        "dim_candidate": candidates.select(
            "candidate_id", "constituency_id", "party_id", "party_name", "party_abbreviation",
            "ballot_order", "is_incumbent", "image_url", candidate_name="name",
        ),
        "dim_constituency": seats.join(standing, on="constituency_id", how="left").select(
            "constituency_id", "region_id", "region_name", "nation", "electorate",
            "station_count", "hex_q", "hex_r", pl.col("candidate_count").fill_null(0),
            constituency_name="name", previous_winner_party="previous_winner",
            previous_margin=pl.Series(list(map(margin_before, seats["previous_shares"])),
                                      dtype=pl.Float64),
        ),
        "dim_party": first_names.join(parties, on="party_abbreviation").select(
            "party_abbreviation", "party_name", "candidates_standing",
            is_party=~pl.col("party_abbreviation").is_in(NOBODYS),
        ),
        "dim_polling_station": stations.select(
            "polling_station_id", "constituency_id", "region_id", "registered",
            polling_station_name="name",
        ),
        "dim_region": regions,
    }  # fmt: skip


def _share(part: str, whole: str) -> pl.Expr:
    """Return one number as a fraction of another; none of nothing."""
    return pl.when(pl.col(whole) != 0).then(pl.col(part) / pl.col(whole))


def _sum(flag: str) -> pl.Expr:
    return pl.col(flag).fill_null(False).sum().cast(pl.Int64)
