"""Exports from real marts: what they hold, and what nobody may learn before close of poll."""

import csv
import json
import os
from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
from support import nist_schema
from support.exported_night import MARTS
from support.handmade_night import NIGHT_ID, VOTES, A, B
from support.waiting import wait_until

from election.settings import PostgresSettings
from embedded import stages
from embedded.paths import ProjectPaths
from embedded.supervisor import Supervisor
from exports.__main__ import main
from exports.folder import INDEX, ResultFolder
from exports.keeping import Keeper
from exports.marts_postgres import PostgresMarts
from exports.tables import text_of

MOVES = {"pipeline_status", "provenance", "publication"}  # they say when they were asked
CHOICES = {
    "votes", "votes_counted", "votes_declared", "vote_share", "vote_share_counted", "share",
    "share_change", "position", "is_leading", "is_winner", "lead", "leading_party", "majority",
    "declared_winner_party", "winner_party", "valid_votes", "rejected_ballots", "seats_declared",
    "seats_leading", "leading_party_seats", "overall_majority", "swing", "outcome", "answers",
    "result_summary", "declared_at", "VoteCounts", "BallotsCast", "PostElectionStatus",
}  # fmt: skip


def values(document):
    """Return every name with its value, however deep."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield name, value
            yield from values(value)
    elif isinstance(document, list):
        for item in document:
            yield from values(item)


def documents(folder):
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text())
        for path in folder.rglob("*.json")
    }


def rows_of(file):
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_before_close_no_file_holds_anything_about_choices(exported):
    found = documents(exported.before)
    assert len(found) > len(MARTS)
    for path, document in found.items():
        told = {(n, str(v)) for n, v in values(document) if n in CHOICES and v not in (None, [])}
        assert told == set(), path
    for path in exported.before.glob("*.csv"):
        for row in rows_of(path):
            assert {n for n, v in row.items() if n in CHOICES and v != ""} == set(), path


def test_the_same_names_are_full_after_close(exported):
    """So that the test above looks at what choices are called."""
    told = {n for d in documents(exported.after).values() for n, v in values(d)
            if n in CHOICES and v not in (None, [])}  # fmt: skip
    assert CHOICES - told <= {
        "leading_party", "is_leading", "share_change", "swing", "answers",
    }  # fmt: skip


def test_before_close_files_are_the_same_whatever_the_votes_are(exported):
    names = {p.relative_to(exported.before) for p in exported.before.rglob("*") if p.is_file()}
    assert names == {
        p.relative_to(exported.other_choices)
        for p in exported.other_choices.rglob("*")
        if p.is_file()
    }
    for name in sorted(names):
        if name.stem in MOVES or name.stem == "nist-1500-100-v2":
            continue
        first, second = ((folder / name).read_bytes()
                         for folder in (exported.before, exported.other_choices))  # fmt: skip
        assert first == second, name


def test_even_files_with_the_time_inside_differ_by_nothing_else(exported):
    for name in ("national_summary.json", "provenance.json", "nist-1500-100-v2.json"):
        both = [
            {(n, str(v)) for n, v in values(json.loads((folder / name).read_text()))
             if n not in ("as_of", "GeneratedDate", "rows", "about", "election_at")}
            for folder in (exported.before, exported.other_choices)
        ]  # fmt: skip
        assert both[0] == both[1], name


def questions_that_differ(pages, moment):
    """Return what the dashboard is answered differently were votes others, times left out."""
    as_is, other = (
        {name: [[v for v in row if not isinstance(v, datetime)] for row in rows]
         for name, rows in pages[when].items()}
        for when in (moment, f"{moment}, other")
    )  # fmt: skip
    return {name for name in as_is if as_is[name] != other[name]}


def test_before_close_no_answer_to_the_dashboard_depends_on_the_votes(exported):
    assert questions_that_differ(exported.pages, "before") == set()


def test_after_close_the_same_questions_find_the_choices(exported):
    differ = questions_that_differ(exported.pages, "after")
    assert differ >= {"summary", "parties", "seats", "map", "seat", "seat_candidates"}


@pytest.mark.parametrize("mart", MARTS)
def test_the_three_formats_hold_the_rows_of_the_mart(exported, mart):
    with exported.warehouse.connect("reader") as reader:
        cursor = reader.execute(f"select count(*) from marts.{mart}")
        ((count,),) = cursor.fetchall()
    table = pq.read_table(exported.after / f"{mart}.parquet")
    lines = rows_of(exported.after / f"{mart}.csv")
    rows = json.loads((exported.after / f"{mart}.json").read_text())["rows"]
    assert len(rows) == len(lines) == table.num_rows == count
    if mart in MOVES:
        return
    for line, row, typed in zip(lines, rows, table.to_pylist(), strict=True):
        expected = {n: "" if v is None else str(text_of(v)) for n, v in typed.items()}
        assert {n: line[n] for n in expected} == expected
        assert {n: "" if v is None else str(text_of(v)) for n, v in row.items()} == expected


def test_every_file_says_label_status_time_and_licence(exported):
    for moment, status in ((exported.before, "embargoed"), (exported.after, "corrected")):
        for mart in MARTS:
            said = pq.read_schema(moment / f"{mart}.parquet").metadata
            assert said[b"label"] == b"synthetic data" and said[b"status"] == status.encode()
            about = json.loads((moment / f"{mart}.json").read_text())["about"]
            assert about["label"] == "synthetic data" and about["status"] == status
            assert about["as_of"] == "2026-11-23T23:50:00Z" and about["night_id"] == NIGHT_ID
            assert about["licence"] == said[b"licence"].decode()
            for line in rows_of(moment / f"{mart}.csv"):
                assert line["export_label"] == "synthetic data"
                assert (line["export_status"], line["export_as_of"]) == (status, about["as_of"])
                assert line["export_licence"] == about["licence"]


def test_the_standard_export_is_valid_and_has_the_votes(exported):
    for moment in (exported.before, exported.after):
        report = json.loads((moment / "nist-1500-100-v2.json").read_text())
        assert nist_schema.problems(report) == []
    (election,) = report["Election"]
    told = {
        s["CandidateIds"][0].removeprefix("candidate-"): s["VoteCounts"][0]["Count"]
        for contest in election["Contest"] for s in contest["BallotSelection"]
    }  # fmt: skip
    assert told == VOTES
    assert report["Status"] == "correction" and report["IsTest"]


def test_the_flat_file_has_a_row_a_candidate_with_the_votes(exported):
    (file,) = exported.after.glob("*__uk__general__constituency.csv")
    assert file.name == "20170608__uk__general__constituency.csv"
    rows = rows_of(file)
    assert {row["candidate_id"]: int(row["votes"]) for row in rows} == VOTES
    assert {row["candidate_id"] for row in rows if row["winner"] == "true"} == {
        f"{A}-C01", f"{B}-C02",
    }  # fmt: skip
    assert list(rows[0])[:8] == [
        "county", "precinct", "office", "district", "party", "candidate", "votes", "winner",
    ]  # fmt: skip
    (before,) = exported.before.glob("*__uk__general__constituency.csv")
    assert {(row["votes"], row["winner"]) for row in rows_of(before)} == {("", "")}


def test_result_files_have_the_numbers_of_the_marts(exported):
    national = json.loads((exported.after / "results/national.json").read_text())
    assert national["summary"]["seats_declared"] == 2
    assert national["summary"]["valid_votes"] == sum(VOTES.values())
    seat = json.loads((exported.after / f"results/seats/{B}.json").read_text())
    assert seat["seat"]["status"] == "corrected" and seat["seat"]["majority"] == 6
    assert seat["about"]["status"] == "corrected"
    assert [c["votes"] for c in seat["candidates"]] == [6, 12]


def test_nothing_is_written_while_nothing_changes(exported, tmp_path):
    marts = PostgresMarts(PostgresSettings.model_validate(exported.warehouse.environment()))
    keeper = Keeper(marts, ResultFolder(tmp_path))
    assert f"seats/{A}.json" in keeper.once()
    assert keeper.once() == []
    assert Keeper(marts, ResultFolder(tmp_path)).once() == []


def test_the_service_keeps_the_files_and_writes_what_came_last(exported, tmp_path):
    file = tmp_path / "results" / "seats" / f"{A}.json"
    everything = {
        **exported.warehouse.environment(), "RESULTS_PATH": str(tmp_path / "results"),
        "RESULTS_EVERY_S": "600",
    }  # fmt: skip
    service = replace(stages.result_files(everything), needs=())
    assert [n for n in service.environment if "PASSWORD" in n] == ["POSTGRES_READER_PASSWORD"]
    paths = ProjectPaths.of_project(tmp_path / "var")
    with Supervisor(paths, say=lambda line: None) as supervisor:
        supervisor.add(service)
        wait_until((tmp_path / "results" / INDEX).exists, seconds=60, what="there is an index")
        assert json.loads(file.read_text())["seat"]["electorate"] == 60
        register(exported, 1)
        supervisor.retire("results")
    assert json.loads(file.read_text())["seat"]["registered"] == 61
    register(exported, -1)


def register(exported, more):
    """Publish an edition with more names on a seat's register."""
    with exported.warehouse.connect() as admin:
        admin.execute(
            "update analytics.regional_turnout set registered = registered + %s, as_of = now()"
            " where constituency_id = %s",
            (more, A),
        )
    exported.editions.store.copy_beside()
    exported.editions.store.put_in_place()


def test_the_session_can_neither_write_nor_see_more_than_marts(exported):
    settings = PostgresSettings.model_validate(exported.warehouse.environment())
    shown = PostgresMarts(settings).read(
        lambda marts: marts._connection.execute(
            "select current_user as who, current_setting('transaction_read_only') as read_only,"
            " current_setting('transaction_isolation') as isolation"
        ).fetchone()
    )
    assert shown == {"who": "reader", "read_only": "on", "isolation": "repeatable read"}


def test_a_mart_that_there_is_not_is_refused_with_those_there_are(exported, capsys, tmp_path):
    with patch.dict(os.environ, exported.environment):
        assert main(["mart", "votes; drop table x", "csv", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "MART=votes; drop table x cannot be exported" in said
    assert "national_summary" in said
    assert list(tmp_path.iterdir()) == []
