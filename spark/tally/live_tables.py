"""Totals -> rows of the live tables and the facts, as absolute values (pure).

Each function returns the columns that its table has between the key and the common ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from election.events import REJECTION_REASONS
from spark.tally.fold import Changed, Totals

Row = dict[str, Any]


def live_rows(totals: Totals, changed: Changed) -> dict[str, list[Row]]:
    """Return the changed rows by table of `election.tables.ANALYTICS`."""
    return {
        "candidate_totals": list(_candidate_totals(totals, changed)),
        "constituency_counts": list(_constituency_counts(totals, changed)),
        "regional_turnout": list(_regional_turnout(totals, changed)),
        "hourly_trends": list(_hourly_trends(totals, changed)),
        "demographic_analysis": list(_demographic_analysis(totals, changed)),
        "exit_poll_estimates": list(_exit_poll_estimates(totals, changed)),
        "polling_station_turnout": list(_polling_station_turnout(totals, changed)),
    }


def fact_rows(totals: Totals, changed: Changed) -> dict[str, list[Row]]:
    """Return the rows of new facts by table of `election.tables.FACTS`."""
    rows: dict[str, list[Row]] = {
        "seats": [], "stations": [], "nominations": [], "declaration_versions": []
    }  # fmt: skip
    for topic, offset, fact in changed.facts:
        if topic == "constituencies":
            rows["seats"].append(_seat(fact))
            rows["stations"].extend(_stations(totals, fact))
        elif topic == "candidates":
            region = totals.region_of_seat[fact["constituency_id"]]
            names = ("candidate_id", "constituency_id", "name", "party_id", "party_name",
                     "party_abbreviation", "is_incumbent", "ballot_order")  # fmt: skip
            rows["nominations"].append({"region_id": region, **{n: fact[n] for n in names}})
        elif topic == "declarations":
            rows["declaration_versions"].append(_declaration(fact, offset))
    return rows


def tallied_rows(totals: Totals, changed: Changed) -> list[Row]:
    """Return how far the changed partitions are counted, and into which classes."""
    return [
        {
            "topic": topic,
            "kafka_partition": partition,
            "next_offset": totals.next_offset[topic, partition],
            **totals.classes[topic, partition],
        }
        for topic, partition in changed.partitions
    ]


def _candidate_totals(totals: Totals, changed: Changed) -> Iterator[Row]:
    for candidate in changed.candidates:
        seat = totals.seat_of_candidate[candidate]
        yield {
            "constituency_id": seat,
            "candidate_id": candidate,
            "region_id": totals.region_of_seat[seat],
            "party_abbreviation": totals.party_of_candidate[candidate],
            "vote_count": totals.votes.get(candidate, 0),
        }


def _constituency_counts(totals: Totals, changed: Changed) -> Iterator[Row]:
    for seat_id in changed.seats:
        seat = totals.seats[seat_id]
        yield {
            "constituency_id": seat_id,
            "region_id": totals.region_of_seat[seat_id],
            "papers_counted": seat.valid + sum(seat.rejected.values()),
            "valid_votes": seat.valid,
            **{f"rejected_{reason}": seat.rejected.get(reason, 0) for reason in REJECTION_REASONS},
            "papers_accounted_for": seat.papers_accounted_for,
            "papers_missing": seat.papers_missing,
            "batches_accounted_for": seat.batches_accounted_for,
            "first_counted_at": seat.first_counted_at,
            "last_counted_at": seat.last_counted_at,
        }


def _regional_turnout(totals: Totals, changed: Changed) -> Iterator[Row]:
    for seat in changed.issuing_seats:
        methods = ("in_person", "postal", "proxy", "tendered")
        yield {
            "region_id": totals.region_of_seat[seat],
            "constituency_id": seat,
            "registered": totals.registered_in_seat.get(seat, 0),
            **{f"issued_{m}": totals.issued_in_seat.get((seat, m), 0) for m in methods},
        }


def _hourly_trends(totals: Totals, changed: Changed) -> Iterator[Row]:
    for hour, region, party in changed.hours:
        key = {"hour_start_at": hour, "region_id": region, "party_abbreviation": party}
        yield key | totals.hours[hour, region, party]


def _demographic_analysis(totals: Totals, changed: Changed) -> Iterator[Row]:
    names = ("region_id", "age_band", "sex", "education")
    for cell in changed.cells:
        yield dict(zip(names, cell, strict=True)) | totals.cells[cell]


def _exit_poll_estimates(totals: Totals, changed: Changed) -> Iterator[Row]:
    names = ("region_id", "age_band", "sex", "education", "party_abbreviation")
    for cell in changed.answers:
        yield {**dict(zip(names, cell, strict=True)), "answers": totals.answers[cell]}


def _polling_station_turnout(totals: Totals, changed: Changed) -> Iterator[Row]:
    for station in changed.stations:
        seat = totals.seat_of_station[station]
        issued = (totals.issued.get((station, m), 0) for m in ("in_person", "postal", "proxy"))
        account = totals.station_accounts.get(station)
        yield {
            "polling_station_id": station,
            "region_id": totals.region_of_seat[seat],
            "constituency_id": seat,
            "registered": totals.registered.get(station, 0),
            "ballots_issued": sum(issued),
            "issue_numbers_missing": account.missing if account else 0,
            "issue_numbers_accounted_for": account.count if account else None,
        }


def _seat(fact: dict[str, Any]) -> Row:
    names = ("constituency_id", "name", "region_id", "region_name", "nation", "electorate")
    return {
        **{n: fact[n] for n in names},
        **{n: fact.get(n) for n in ("previous_winner", "hex_q", "hex_r")},
        "previous_shares": orjson.dumps(fact["previous_shares"]).decode(),
        "station_count": len(fact["stations"]),
    }


def _stations(totals: Totals, fact: dict[str, Any]) -> Iterator[Row]:
    seat = fact["constituency_id"]
    for station in fact["stations"]:
        if totals.seat_of_station[station["polling_station_id"]] == seat:
            yield {**station, "constituency_id": seat, "region_id": fact["region_id"]}


def _declaration(fact: dict[str, Any], offset: int) -> Row:
    required = ("constituency_id", "version", "status", "electorate", "rejected_ballots", "is_tie",
                "declared_at", "source")  # fmt: skip
    optional = ("winner_candidate_id", "result_summary", "reason")
    return {
        **{n: fact[n] for n in required},
        **{n: fact.get(n) for n in optional},
        "votes": orjson.dumps(fact["votes"]).decode(),
        "kafka_offset": offset,
    }
