"""The results as NIST SP 1500-100 version 2."""

import copy
import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import nist_schema
from support.scene_marts import full_rows
from support.scenes import CLOSES_AT, Scene, make_seats

from exports import nist
from exports.about import About
from exports.tables import json_bytes

SEATS = make_seats()[::13]
NOW = datetime(2030, 5, 3, 4, 5, 6, tzinfo=UTC)
LATE = CLOSES_AT + timedelta(hours=7)


def report_of(scene):
    rows = full_rows(scene)
    made = nist.report(
        About.of_row(rows["national_summary"][0]),
        rows["party_results"],
        rows["constituency_results"],
        rows["candidate_results"],
        NOW,
    )
    return json.loads(json_bytes(made))


@pytest.fixture(scope="module")
def counting():
    return report_of(Scene(seats=SEATS, at=LATE, now=NOW))


@pytest.fixture(scope="module")
def embargoed():
    return report_of(Scene(seats=SEATS, at=CLOSES_AT - timedelta(hours=1), now=NOW))


def entities(report, kind):
    return [e for e in nist_schema._entities(report) if e.get("@type") == f"ElectionResults.{kind}"]


def test_it_is_valid_and_every_reference_leads_somewhere(counting, embargoed):
    assert nist_schema.problems(counting) == []
    assert nist_schema.problems(embargoed) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r: r.pop("Issuer"), "'Issuer' is a required property"),
        (lambda r: r.update(Status="final"), "'final' is not one of"),
        (lambda r: r.update(Headline="x"), "Additional properties"),
        (lambda r: r["Election"][0].update(StartDate="2 May"), "is not a 'date'"),
        (lambda r: r["Party"][0].update(Color="#0087dc"), "does not match"),
        (lambda r: r["Election"][0]["Candidate"].pop(), "leads nowhere"),
        (lambda r: r["GpUnit"].append(r["GpUnit"][0]), "there twice"),
    ],
)
def test_what_the_standard_does_not_allow_is_found(counting, spoil, said):
    spoiled = copy.deepcopy(counting)
    spoil(spoiled)
    assert any(said in problem for problem in nist_schema.problems(spoiled))


def test_before_close_of_poll_it_holds_nothing_about_choices(embargoed):
    assert embargoed["Status"] == "pre-election"
    assert entities(embargoed, "VoteCounts") == []
    assert entities(embargoed, "SummaryCounts") == []
    assert not any("PostElectionStatus" in c for c in entities(embargoed, "Candidate"))
    assert {s["Status"] for s in entities(embargoed, "CountStatus")} == {"not-processed"}


def test_votes_and_winners_are_those_of_the_marts(counting):
    rows = full_rows(Scene(seats=SEATS, at=LATE, now=NOW))
    votes = {f"selection-{c['candidate_id']}": c["votes"] for c in rows["candidate_results"]}
    told = {s["@id"]: s["VoteCounts"][0]["Count"] for s in entities(counting, "CandidateSelection")}
    assert told == votes
    won = {c["@id"] for c in entities(counting, "Candidate") if "PostElectionStatus" in c}
    assert won == {
        f"candidate-{c['candidate_id']}" for c in rows["candidate_results"] if c["is_winner"]
    }


def test_areas_say_how_many_of_their_seats_are_declared(counting):
    (summary,) = full_rows(Scene(seats=SEATS, at=LATE, now=NOW))["national_summary"]
    (nation,) = (u for u in entities(counting, "ReportingUnit") if u["Type"] == "country")
    assert nation["SubUnitsReported"] == summary["seats_declared"]
    assert nation["TotalSubUnits"] == len(SEATS)
    kinds = Counter(u.get("OtherType") for u in entities(counting, "ReportingUnit"))
    assert kinds == {None: 1, "region": 12, "constituency": len(SEATS)}


def test_it_says_what_it_is(counting):
    assert counting["IsTest"] is True
    assert counting["TestType"] == "synthetic data"
    for word in ("synthetic data", "1:100", "status provisional", "as of 2030-", "MIT"):
        assert word in counting["Notes"]
    assert counting["GeneratedDate"] == "2030-05-03T04:05:06Z"


def test_a_last_good_version_says_so():
    (summary,) = full_rows(Scene(seats=SEATS, at=LATE, now=NOW))["national_summary"]
    said = [About.of_row(summary, is_last_good=x).sentence() for x in (True, False)]
    assert ["newer numbers failed their checks" in sentence for sentence in said] == [True, False]


def test_a_replay_says_so():
    replayed = replace(
        Scene(seats=SEATS, at=LATE, now=NOW), is_synthetic=False, title="An election"
    )
    assert report_of(replayed)["TestType"] == "replay of official results"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("provisional", "unofficial-partial"), ("declared", "unofficial-complete"),
     ("corrected", "correction")],
)  # fmt: skip
def test_the_status_is_one_of_the_standards(status, expected):
    assert nist.RESULTS_STATUS[status] == expected


@pytest.fixture(scope="module")
def official():
    if (path := os.environ.get("NIST_SCHEMA")) is None:
        pytest.skip("NIST_SCHEMA is not set: the path of NIST_V2_election_results_reporting.json,"
                    " which is not copied here")  # fmt: skip
    return json.loads(Path(path).read_text())


@pytest.mark.parametrize("state", ["embargoed", "counting", "over"])
def test_it_is_valid_by_the_official_schema(official, state):
    at = {"embargoed": CLOSES_AT - timedelta(hours=1), "counting": LATE,
          "over": CLOSES_AT + timedelta(hours=12)}[state]  # fmt: skip
    report = report_of(Scene(seats=SEATS, at=at, now=NOW))
    assert nist_schema.official_problems(report, official) == []
    report["Election"][0]["Contest"][0].pop("VotesAllowed")
    assert nist_schema.official_problems(report, official) != []


def test_our_schema_allows_nothing_that_the_official_one_does_not(official):
    assert nist_schema.beyond(official) == []
