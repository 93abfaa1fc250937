"""A scene as the marts would show it: rows by mart, and a PostgreSQL schema filled with them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql
from support.scenes import (
    CLOSES_AT,
    IN_PERSON_BY_HOUR,
    OPENS_AT,
    PARTIES,
    POLLING_DATE,
    POSTAL_SHARE,
    Scene,
    Seat,
)  # fmt: skip

from election.events import AGE_BANDS, EDUCATION_LEVELS, SEXES
from election.geography import REGION_BY_ID, REGIONS

MARTS_FOLDER = Path(__file__).resolve().parents[2] / "dbt" / "models" / "marts"
NIGHT_ID = "syn.2030-05-02.20300502T060000Z"
Rows = list[dict[str, Any]]


def declared_columns() -> dict[str, dict[str, str]]:
    """Return the columns of every mart with their types, as dbt's contracts declare them."""
    found = {}
    for path in sorted(MARTS_FOLDER.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            found[model["name"]] = {c["name"]: c["data_type"] for c in model["columns"]}
    return found


def marts_of(scene: Scene) -> dict[str, Rows]:
    """Return the rows of every mart that the page reads."""
    seats = [_seat(scene, s) for s in scene.seats]
    candidates = [c for s in scene.seats for c in _candidates(scene, s)]
    parties = _parties(scene, seats, candidates, None)
    return {
        "constituency_results": seats,
        "candidate_results": candidates,
        "party_results": parties,
        "regional_results": [
            {**p, "region_id": r.region_id, "region_name": r.name}
            for r in REGIONS
            for p in _parties(scene, seats, candidates, r.region_id)
        ],
        "regional_turnout": [_region(scene, seats, r.region_id) for r in REGIONS],
        "national_summary": [_summary(scene, seats, parties)],
        "declarations_feed": _feed(scene),
        "key_seats": _key_seats(scene, seats),
        "results_over_time": _over_time(scene),
        "turnout_over_time": _hours(scene, scene.seats),
        "hourly_trends": [
            {**h, "region_id": r.region_id, "region_name": r.name, "row_kind": "issued",
             "party_abbreviation": "-"}
            for r in REGIONS
            for h in _hours(scene, [s for s in scene.seats if s.region_id == r.region_id])
        ],
        "polling_station_turnout": _stations(scene),
        "demographic_turnout": _demographics(scene),
        "party_by_education": _education(scene),
        "pipeline_status": _hops(scene),
        "publication": [_publication(scene)],
        "provenance": [_provenance(scene, s) for s in scene.seats[:20]],
        "reconciliation": _reconciliation(scene),
        "conservation": _conservation(),
    }  # fmt: skip


def _declared(scene: Scene, seat: Seat) -> bool:
    return seat.declared_at <= scene.at and not scene.is_embargoed


def _status(scene: Scene, seat: Seat) -> str:
    if scene.is_embargoed:
        return "embargoed"
    if _declared(scene, seat):
        if seat.constituency_id in scene.pending:
            return "pending_correction"
        return "corrected" if seat.corrected_at and seat.corrected_at <= scene.at else "declared"
    return "counting" if scene.counted(seat) else "not_started"


def _seat(scene: Scene, s: Seat) -> dict[str, Any]:
    first, second = s.order[:2]
    region = REGION_BY_ID[s.region_id]
    done, declared, status = scene.counted(s), _declared(scene, s), _status(scene, s)
    issued = scene.issued(s)
    row = {
        "constituency_id": s.constituency_id, "constituency_name": s.name,
        "region_id": s.region_id, "region_name": region.name, "nation": region.nation,
        "status": status, "electorate": s.electorate, "registered": s.electorate,
        "ballots_issued": issued, "is_count_complete": done == 1,
        "previous_winner_party": s.held_by, "turnout_basis": "ballots_issued",
        "turnout": issued / s.electorate, "as_of": scene.as_of,
    }  # fmt: skip
    if status == "embargoed":
        return row
    counted = round((s.valid + s.rejected) * done)
    row |= {
        "papers_expected": counted, "papers_counted": counted, "papers_missing": 0,
        "count_progress": done, "valid_votes": round(s.valid * done),
        "rejected_ballots": round(s.rejected * done),
    }  # fmt: skip
    if done:
        row |= {
            "leading_candidate_id": first.candidate_id, "leading_candidate_name": first.name,
            "leading_party": first.party, "leading_party_colour": PARTIES[first.party][1],
            "leading_votes": round(first.votes * done), "is_lead_tied": False,
            "lead": round(first.votes * done) - round(second.votes * done),
        }  # fmt: skip
    if declared:
        gain = first.party != s.held_by
        corrected = status == "corrected"
        row |= {
            "valid_votes": s.valid, "rejected_ballots": s.rejected,
            "declared_winner_candidate_id": first.candidate_id,
            "declared_winner_name": first.name, "declared_winner_party": first.party,
            "declared_winner_colour": PARTIES[first.party][1],
            "declared_winner_votes": first.votes,
            "declared_winner_share": first.votes / s.valid,
            "declared_second_party": second.party, "declared_second_votes": second.votes,
            "majority": first.votes - second.votes,
            "majority_share": (first.votes - second.votes) / s.valid, "is_tie": False,
            "outcome": "gain" if gain else "hold",
            "gained_from_party": s.held_by if gain else None,
            "winner_share_change": first.votes / s.valid - first.before,
            "swing": (first.votes / s.valid - first.before
                      + second.before - second.votes / s.valid) / 2,
            "swing_from_party": second.party, "swing_to_party": first.party,
            "turnout": s.valid / s.electorate, "turnout_basis": "declared",
            "declaration_version": 2 if corrected else 1,
            "declared_at": s.corrected_at if corrected else s.declared_at,
            "first_declared_at": s.declared_at, "result_summary": _summary_text(s),
            "correction_reason": "two bundles were transposed" if corrected else None,
        }  # fmt: skip
    return row


def _summary_text(s: Seat) -> str:
    party = s.order[0].party
    return f"{party} hold" if party == s.held_by else f"{party} gain from {s.held_by}"


def _candidates(scene: Scene, s: Seat) -> Rows:
    declared, done, status = _declared(scene, s), scene.counted(s), _status(scene, s)
    rows = []
    for place, c in enumerate(s.order, start=1):
        name, colour = PARTIES[c.party]
        row = {
            "candidate_id": c.candidate_id, "constituency_id": s.constituency_id,
            "constituency_name": s.name, "region_id": s.region_id, "candidate_name": c.name,
            "monogram": "".join(w[0] for w in c.name.split()), "party_id": f"x-{c.party}",
            "party_name": name, "party_abbreviation": c.party, "party_colour": colour,
            "party_short_label": c.party.upper(), "ballot_order": c.order,
            "is_incumbent": c.party == s.held_by and c.order % 2 == 0,
            "previous_share": c.before, "is_leading": False, "is_winner": False,
            "has_lost_deposit": False, "status": status, "as_of": scene.as_of,
        }  # fmt: skip
        if status != "embargoed":
            votes = c.votes if declared else round(c.votes * done)
            share = votes / max(1, sum(round(x.votes * (1 if declared else done))
                                       for x in s.candidates)) if votes else None  # fmt: skip
            row |= {
                "votes": votes, "votes_counted": round(c.votes * done), "share": share,
                "votes_declared": c.votes if declared else None,
                "share_change": share - c.before if declared and share else None,
                "position": place if votes else None,
                "is_leading": place == 1 and not declared and bool(votes),
                "is_winner": place == 1 and declared,
                "has_lost_deposit": declared and (share or 0) < 0.05,
            }  # fmt: skip
        rows.append(row)
    return rows


def _parties(scene: Scene, seats: Rows, candidates: Rows, region_id: str | None) -> Rows:
    here = [s for s in seats if region_id in (None, s["region_id"])]
    runs = [c for c in candidates if region_id in (None, c["region_id"])]
    won = Counter(s.get("declared_winner_party") for s in here)
    lost = Counter(s["gained_from_party"] for s in here if s.get("gained_from_party"))
    gained = Counter(s["declared_winner_party"] for s in here if s.get("gained_from_party"))
    led = Counter(s.get("leading_party") for s in here if not s.get("declared_winner_party"))
    votes, counted, standing = Counter(), Counter(), Counter()
    for c in runs:
        standing[c["party_abbreviation"]] += 1
        votes[c["party_abbreviation"]] += c.get("votes_declared") or 0
        counted[c["party_abbreviation"]] += c.get("votes_counted") or 0
    declared = sum(1 for s in here if s.get("declared_winner_party"))
    order = sorted(standing, key=lambda p: (-won[p], -votes[p], -counted[p], p))
    rows = []
    for rank, p in enumerate(order, start=1):
        row = {
            "party_abbreviation": p, "party_name": PARTIES[p][0], "party_colour": PARTIES[p][1],
            "party_text_colour": "#ffffff", "party_short_label": p.upper(),
            "is_party": p != "Ind", "candidates_standing": standing[p], "rank": rank,
            "seats_total": len(here), "seats_declared_total": declared, "status": "provisional",
            "as_of": scene.as_of,
        }  # fmt: skip
        if not scene.is_embargoed:
            row |= {
                "seats_declared": won[p], "seats_leading": led[p], "seats_gained": gained[p],
                "seats_lost": lost[p], "seats_net": gained[p] - lost[p], "votes": votes[p],
                "vote_share": votes[p] / votes.total() if votes.total() else None,
                "votes_counted": counted[p],
                "vote_share_counted": counted[p] / counted.total() if counted.total() else None,
                "share_change": 0.021 - 0.009 * rank if declared else None,
                "share_change_seats": declared,
            }  # fmt: skip
        rows.append(row)
    return rows


def _region(scene: Scene, seats: Rows, region_id: str) -> dict[str, Any]:
    here = [s for s in seats if s["region_id"] == region_id]
    region = REGION_BY_ID[region_id]
    declared = [s for s in here if s.get("declared_winner_party")]
    issued, registered = (sum(s[k] for s in here) for k in ("ballots_issued", "registered"))
    open_ = scene.is_embargoed
    return {
        "region_id": region_id, "region_name": region.name, "nation": region.nation,
        "seats_total": len(here), "seats_declared": None if open_ else len(declared),
        "registered": registered, "ballots_issued": issued,
        "issued_in_person": round(issued * 0.77), "issued_postal": round(issued * 0.22),
        "issued_proxy": round(issued * 0.01), "issued_tendered": 3,
        "turnout_issued": issued / registered,
        "turnout": issued / registered if open_ else _ratio(
            sum(s["valid_votes"] for s in declared), sum(s["electorate"] for s in declared)),
        "turnout_basis": "ballots_issued" if open_ else "declared",
        "turnout_seats": len(here) if open_ else len(declared), "status": "provisional",
        "as_of": scene.as_of,
    }  # fmt: skip


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _summary(scene: Scene, seats: Rows, parties: Rows) -> dict[str, Any]:
    declared = [s for s in seats if s.get("declared_winner_party")]
    registered = sum(s["registered"] for s in seats)
    issued = sum(s["ballots_issued"] for s in seats)
    row = {
        "night_id": NIGHT_ID, "election_id": "syn.2030-05-02", "title": scene.title,
        "is_synthetic": scene.is_synthetic, "scale": 100, "polling_date": POLLING_DATE,
        "opens_at": OPENS_AT, "closes_at": CLOSES_AT, "election_at": scene.at,
        "night_status": scene.night_status, "phase": scene.phase,
        "is_embargoed": scene.is_embargoed, "as_of": scene.as_of, "seats_total": len(seats),
        "status": "embargoed" if scene.is_embargoed else "provisional",
        "electorate": sum(s["electorate"] for s in seats), "registered": registered,
        "ballots_issued": issued, "turnout": _ratio(issued, registered) if issued else None,
        "turnout_basis": "ballots_issued", "turnout_seats": len(seats),
        "seats_for_majority": len(seats) // 2 + 1, "has_overall_majority": False,
        "invariants_outcome": scene.outcome, "invariants_failures": scene.failures,
        "invariants_checked_at": scene.now - timedelta(seconds=scene.checked_age_s)
        if scene.outcome else None,
    }  # fmt: skip
    if scene.is_embargoed:
        return row
    feed = _feed(scene)
    first, second = parties[:2]
    valid = sum(s["valid_votes"] for s in declared)
    electorate = sum(s["electorate"] for s in declared)
    done = len(declared) == len(seats)
    row |= {
        "seats_declared": len(declared),
        "seats_counting": sum(s["status"] == "counting" for s in seats),
        "seats_corrected": sum(s["status"] == "corrected" for s in seats),
        "seats_pending_correction": sum(s["status"] == "pending_correction" for s in seats),
        "seats_tied": 0, "papers_counted": sum(s["papers_counted"] for s in seats),
        "valid_votes": valid, "rejected_ballots": sum(s["rejected_ballots"] for s in declared),
        "declared_electorate": electorate, "turnout": _ratio(valid, electorate),
        "turnout_basis": "declared", "turnout_seats": len(declared),
    }  # fmt: skip
    if declared:
        row |= {
            "leading_party": first["party_abbreviation"], "leading_party_name": first["party_name"],
            "leading_party_colour": first["party_colour"],
            "leading_party_seats": first["seats_declared"],
            "leading_party_vote_share": first["vote_share"],
            "second_party": second["party_abbreviation"],
            "second_party_seats": second["seats_declared"],
            "overall_majority": 2 * first["seats_declared"] - len(seats) if done else None,
            "has_overall_majority": first["seats_declared"] >= len(seats) // 2 + 1,
            "swing": 0.034, "swing_from_party": "Con", "swing_to_party": "Lab",
            "swing_seats": len(declared), "last_declaration_seat": feed[0]["constituency_name"],
            "last_declaration_text": feed[0]["result_summary"],
            "last_declared_at": feed[0]["declared_at"],
        }  # fmt: skip
    return row


def _feed(scene: Scene) -> Rows:
    if scene.is_embargoed:
        return []
    made = []
    for s in scene.seats:
        for version, at in ((1, s.declared_at), (2, s.corrected_at)):
            if at and at <= scene.at:
                made.append((at, version, s))
    made.sort(key=lambda m: (m[0], m[2].constituency_id, m[1]), reverse=True)
    newest = {(s.constituency_id): v for _, v, s in reversed(made)}
    rows = []
    for position, (at, version, s) in enumerate(made, start=1):
        first, second = s.order[:2]
        rows.append({
            "constituency_id": s.constituency_id, "declaration_version": version,
            "constituency_name": s.name, "region_id": s.region_id,
            "region_name": REGION_BY_ID[s.region_id].name, "declared_at": at,
            "feed_position": position, "status": "corrected" if version > 1 else "declared",
            "is_latest": newest[s.constituency_id] == version,
            "winner_candidate_id": first.candidate_id, "winner_name": first.name,
            "winner_party": first.party, "winner_colour": PARTIES[first.party][1],
            "winner_votes": first.votes, "second_party": second.party,
            "majority": first.votes - second.votes, "is_tie": False,
            "electorate": s.electorate, "valid_votes": s.valid, "rejected_ballots": s.rejected,
            "turnout": s.valid / s.electorate, "turnout_basis": "declared",
            "result_summary": _summary_text(s), "headline": _summary_text(s),
            "reason": "two bundles were transposed" if version > 1 else None,
            "source": "returning officer (simulated)", "as_of": scene.as_of,
        })  # fmt: skip
    return rows


def _key_seats(scene: Scene, seats: Rows) -> Rows:
    margins = {s.constituency_id: _previous_margin(s) for s in scene.seats}
    chosen = [(s, "gain") for s in seats if s.get("outcome") == "gain"][:6]
    chosen += [(s, "close_count") for s in seats if s["status"] == "counting" and s["lead"] < 9]
    others = [s for s in seats if all(s is not c for c, _ in chosen)]
    chosen += [(s, "marginal") for s in others if margins[s["constituency_id"]] < 0.05]
    return [
        {
            **{k: s.get(k) for k in ("constituency_id", "constituency_name", "region_name",
                                     "previous_winner_party", "status", "leading_party",
                                     "declared_winner_party", "outcome", "gained_from_party",
                                     "majority", "lead", "as_of")},
            "why": why, "rank": rank, "previous_margin": margins[s["constituency_id"]],
            "party_colour": s.get("declared_winner_colour") or s.get("leading_party_colour"),
        }
        for rank, (s, why) in enumerate(chosen, start=1)
    ]  # fmt: skip


def _previous_margin(s: Seat) -> float:
    first, second, *_ = sorted((c.before for c in s.candidates), reverse=True)
    return first - second


def _over_time(scene: Scene) -> Rows:
    seats, votes, rows = Counter(), Counter(), []
    made = sorted((s for s in scene.seats if _declared(scene, s)), key=lambda s: s.declared_at)
    for n, s in enumerate(made, start=1):
        seats[s.order[0].party] += 1
        for c in s.candidates:
            votes[c.party] += c.votes
        party = s.order[0].party
        rows.append({
            "election_minute_at": s.declared_at, "party_abbreviation": party,
            "party_colour": PARTIES[party][1], "seats_to_date": seats[party],
            "votes_to_date": votes[party], "vote_share_to_date": votes[party] / votes.total(),
            "seats_declared_to_date": n, "seats_total": len(scene.seats),
            "status": "provisional", "as_of": scene.as_of,
        })  # fmt: skip
    return list({(r["election_minute_at"], r["party_abbreviation"]): r for r in rows}.values())


def _hours(scene: Scene, seats: Any) -> Rows:
    papers = sum(s.valid + s.rejected for s in seats)
    registered = sum(s.electorate for s in seats)
    rows, so_far = [], 0
    if scene.issued_share():
        rows.append((OPENS_AT - timedelta(hours=4), 0, round(papers * POSTAL_SHARE * 0.6)))
    for hour, weight in enumerate(IN_PERSON_BY_HOUR):
        start = OPENS_AT + timedelta(hours=hour)
        part = max(0.0, min(1.0, (scene.at - start).total_seconds() / 3600))
        if part:
            rows.append((start, round(papers * (1 - POSTAL_SHARE) * weight / 100 * part),
                         round(papers * POSTAL_SHARE * 0.4 / 15 * part)))  # fmt: skip
    made = []
    for start, person, post in rows:
        so_far += person + post
        made.append({
            "hour_start_at": start, "issued_in_person": person, "issued_postal": post,
            "ballots_issued": person + post, "ballots_issued_to_date": so_far,
            "registered": registered, "turnout": so_far / registered,
            "turnout_basis": "ballots_issued", "status": "provisional", "as_of": scene.as_of,
        })  # fmt: skip
    return made


def _stations(scene: Scene) -> Rows:
    rows = []
    for s in scene.seats:
        for n, part in enumerate((0.27, 0.23, 0.2, 0.16, 0.14), start=1):
            registered, issued = round(s.electorate * part), round(scene.issued(s) * part)
            rows.append({
                "polling_station_id": f"{s.constituency_id}-S{n:03d}",
                "polling_station_name": f"{s.name} station {n}",
                "constituency_id": s.constituency_id, "constituency_name": s.name,
                "region_id": s.region_id, "region_name": REGION_BY_ID[s.region_id].name,
                "registered": registered, "ballots_issued": issued,
                "turnout": issued / registered, "turnout_basis": "ballots_issued",
                "issue_numbers_missing": 0, "as_of": scene.as_of,
                "status": "provisional" if scene.is_embargoed else "final",
            })  # fmt: skip
    rows.sort(key=lambda r: -r["ballots_issued"])
    for rank, row in enumerate(rows, start=1):
        row["rank_by_ballots_issued"] = rank
    return rows


def _demographics(scene: Scene) -> Rows:
    if scene.at < OPENS_AT:
        return []
    groups = [("age_band", a, 0.14, 0.44 + 0.05 * i) for i, a in enumerate(AGE_BANDS)] + [
        ("education", e, 0.16, 0.66 - 0.03 * i) for i, e in enumerate(EDUCATION_LEVELS)
    ]
    rows = []
    for r in REGIONS:
        here = sum(s.electorate for s in scene.seats if s.region_id == r.region_id)
        for (kind, value, part, turnout), sex in product(groups, SEXES):
            hidden = kind == "education" and r.short == "NIR" and value in ("other", "none")
            registered = round(here * part / len(SEXES))
            issued = round(registered * turnout * min(1.0, scene.issued_share()))
            rows.append({
                "night_id": NIGHT_ID, "region_id": r.region_id, "region_name": r.name,
                "characteristic": kind, "characteristic_value": value, "sex": sex,
                "registered": None if hidden else registered,
                "ballots_issued": None if hidden else issued,
                "turnout": None if hidden else issued / registered,
                "turnout_basis": "ballots_issued", "is_suppressed": hidden,
                "snapshot_at": scene.at.replace(minute=0, second=0),
                "snapshot_no": None if hidden else 1,
                "status": "provisional", "as_of": scene.as_of,
            })  # fmt: skip
    return rows


def _education(scene: Scene) -> Rows:
    if scene.is_embargoed:
        return []
    shares = {"Lab": 0.38, "Con": 0.24, "RUK": 0.15, "LD": 0.12, "Grn": 0.08, "Ind": 0.03}
    rows = []
    for i, education in enumerate(EDUCATION_LEVELS):
        n = 700 - 110 * i
        for party, share in shares.items():
            moved = share + (0.04 - 0.02 * i) * (1 if party == "Lab" else -0.5)
            hidden = education == "other" and party in ("Ind", "Grn")
            rows.append({
                "night_id": NIGHT_ID, "education": education, "party_abbreviation": party,
                "party_colour": PARTIES[party][1], "answers": None if hidden else round(n * moved),
                "answers_in_all": n, "answers_refused": n // 9,
                "share_estimate": None if hidden else moved,
                "margin_of_error": None if hidden else 1.96 * (moved * (1 - moved) / n) ** 0.5,
                "is_suppressed": hidden, "is_estimate": True, "snapshot_at": scene.at,
                "status": "provisional", "as_of": scene.as_of,
            })  # fmt: skip
    return rows


def _hops(scene: Scene) -> Rows:
    made = (("generator", 5000.0, None), ("ingestion", 4900.0, 800), ("spark", 4980.0, 0),
            ("dbt", None, None))  # fmt: skip
    return [
        {
            "night_id": NIGHT_ID, "stage": stage,
            "state": scene.spark_state if stage == "spark" else "running",
            "detail": f"{stage} at work", "last_error": None,
            "heartbeat_at": scene.as_of, "heartbeat_age_s": scene.numbers_age_s,
            "messages": 123456, "messages_per_s": rate,
            "lag_messages": scene.spark_lag if stage == "spark" else lag,
            "freshness_p50_s": 1.1 if stage == "spark" else None,
            "freshness_p95_s": 1.9 if stage == "spark" else None, "as_of": scene.now,
        }
        for stage, rate, lag in made
    ]  # fmt: skip


def _publication(scene: Scene) -> dict[str, Any]:
    failed = scene.outcome in ("fail", "error")
    published = scene.now - timedelta(seconds=150 if failed else 15)
    return {
        "edition": 7, "election_at": scene.at, "numbers_as_of": published, "is_last_good": failed,
        "published_at": published, "status": "last_good" if failed else "newest",
        "checks_outcome": scene.outcome, "checks_failures": scene.failures,
        "checked_at": scene.now - timedelta(seconds=scene.checked_age_s), "as_of": scene.now,
    }  # fmt: skip


def _provenance(scene: Scene, s: Seat) -> dict[str, Any]:
    declared = _declared(scene, s)
    return {
        "night_id": NIGHT_ID, "constituency_id": s.constituency_id, "constituency_name": s.name,
        "counts_ledger_version": 412, "counts_as_of": scene.as_of, "issues_ledger_version": 655,
        "issues_as_of": scene.as_of, "votes_next_offsets": "0:81230, 1:80411",
        "ballots_issued_next_offsets": "0:71230, 1:70411",
        "declaration_version": 1 if declared else None,
        "declaration_offset": 17 if declared else None,
        "declaration_source": "returning officer (simulated)" if declared else None,
        "as_of": scene.now,
    }  # fmt: skip


def _reconciliation(scene: Scene) -> Rows:
    if scene.outcome is None:
        return []
    rows = []
    for i, name in enumerate(("votes_dbt_equal_spark", "station_numbers", "conserved")):
        failed = scene.outcome == "fail" and i == 0
        rows.append({
            "night_id": NIGHT_ID, "check_name": name, "area_id": "SYN-LON-001", "area": "Alderton",
            "key": "-", "expected": 412, "actual": 411 if failed else 412, "severity": "error",
            "status": "fail" if failed else "pass",
            "detail": "Alderton: raw holds 412 papers, the stream 411" if failed else None,
            "checked_by": "running", "as_of": scene.now,
        })  # fmt: skip
    return rows


def _conservation() -> Rows:
    judge = ("spark", "dbt")
    return [
        {
            "night_id": NIGHT_ID, "topic": topic, "kafka_partition": p, "stage": stage,
            "first_offset": 0, "next_offset": 1000, "batches": 4, "messages": 1000,
            "accepted": 990 if stage in judge else None, "late": 4 if stage in judge else None,
            "duplicate": 5 if stage in judge else None, "rejected": 1 if stage in judge else None,
            "unaccounted": None if stage == "generator" else 0,
            "status": "complete", "as_of": OPENS_AT,
        }
        for topic in ("ballots_issued", "votes", "declarations")
        for p in (0, 1)
        for stage in ("generator", "broker", "raw", "bronze", "spark", "dbt")
    ]  # fmt: skip


def full_rows(scene: Scene) -> dict[str, Rows]:
    """Return the rows of every mart with every column that dbt declares."""
    columns = declared_columns()
    return {
        mart: [{c: row.get(c, _default(c)) for c in columns[mart]} for row in rows]
        for mart, rows in marts_of(scene).items()
    }


def _default(column: str) -> str | None:
    return NIGHT_ID if column == "night_id" else None


def fill(connection: psycopg.Connection[Any], scene: Scene) -> None:
    """Put a scene into schema `marts`, in one transaction, making what is missing."""
    columns = declared_columns()
    with connection.transaction():
        connection.execute("create schema if not exists marts")
        for mart, rows in marts_of(scene).items():
            _table(connection, mart, columns[mart], rows)


def _table(
    connection: psycopg.Connection[Any], mart: str, columns: dict[str, str], rows: Rows
) -> None:
    name = sql.Identifier("marts", mart)
    shape = ", ".join(f'"{c}" {t}' for c, t in columns.items())
    connection.execute(sql.SQL("create table if not exists {} ({})").format(name, sql.SQL(shape)))
    connection.execute(sql.SQL("delete from {}").format(name))
    with connection.cursor().copy(sql.SQL("copy {} from stdin").format(name)) as copy:
        for row in rows:
            copy.write_row([row.get(c, _default(c)) for c in columns])
