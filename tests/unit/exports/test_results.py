"""The small result files: what they hold, and that only what changed is written."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from support.scene_marts import full_rows
from support.scenes import CLOSES_AT, Scene, make_seats

from election.stopping import StopRequest
from exports import results
from exports.about import About
from exports.folder import INDEX, ResultFolder, etag_of
from exports.keeping import keep

SEATS = make_seats()[::13]
SOME = SEATS[-1].constituency_id
NOW = datetime(2030, 5, 3, 4, 5, 6, tzinfo=UTC)
CHOICES = (
    "votes", "votes_counted", "vote_share", "vote_share_counted", "share", "share_change",
    "position", "lead", "leading_party", "majority", "declared_winner_party", "valid_votes",
    "rejected_ballots", "seats_declared", "seats_leading", "leading_party_seats", "swing",
    "outcome", "result_summary", "declared_at",
)  # fmt: skip


def files_of(scene, **said):
    rows = full_rows(scene)
    ordered = sorted(rows["candidate_results"], key=lambda c: c["constituency_id"])
    return results.files(
        rows["national_summary"][0], rows["party_results"], rows["regional_results"],
        rows["constituency_results"], ordered, **said,
    )  # fmt: skip


def about_of(scene):
    return About.of_row(full_rows(scene)["national_summary"][0]).fields()


@pytest.fixture(scope="module")
def scene():
    return Scene(seats=SEATS, at=CLOSES_AT + timedelta(hours=6), now=NOW)


@pytest.fixture(scope="module")
def files(scene):
    return files_of(scene)


def values(document, name):
    if isinstance(document, dict):
        for key, value in document.items():
            if key == name:
                yield value
            yield from values(value, name)
    elif isinstance(document, list):
        for item in document:
            yield from values(item, name)


def test_there_is_a_file_for_the_nation_each_region_and_each_seat(files):
    folders = [path.rpartition("/")[0] for path in files]
    assert {f: folders.count(f) for f in folders} == {"": 2, "regions": 12, "seats": len(SEATS)}


def test_every_file_says_label_status_time_and_licence(files):
    for content in files.values():
        about = json.loads(content)["about"]
        assert about["label"] == "synthetic data"
        assert about["status"] and about["as_of"] and about["licence"]


def test_every_file_says_that_newer_numbers_failed_their_checks(scene):
    for is_last_good in (True, False):
        for content in files_of(scene, is_last_good=is_last_good).values():
            assert json.loads(content)["about"]["is_last_good"] is is_last_good


def test_a_seat_has_its_candidates_with_their_votes(scene, files):
    rows = full_rows(scene)["candidate_results"]
    for seat_id in {row["constituency_id"] for row in rows}:
        seat = json.loads(files[f"seats/{seat_id}.json"])
        told = {c["candidate_id"]: c["votes"] for c in seat["candidates"]}
        assert told == {
            r["candidate_id"]: r["votes"] for r in rows if r["constituency_id"] == seat_id
        }


def test_files_are_small(files):
    assert max(len(c) for path, c in files.items() if path.startswith("seats/")) < 6_000
    assert len(files["national.json"]) < 8_000


def test_before_close_of_poll_no_file_holds_anything_about_choices():
    embargoed = files_of(Scene(seats=SEATS, at=CLOSES_AT - timedelta(minutes=1), now=NOW))
    for path, content in embargoed.items():
        document = json.loads(content)
        told = {n: v for n in CHOICES for v in values(document, n) if v is not None}
        assert told == {}, path
        assert document["about"]["status"] in ("embargoed", "provisional")


def test_a_file_is_written_when_its_own_numbers_change_and_only_then(tmp_path, scene):
    still = replace(scene, numbers_age_s=0.0)
    folder = ResultFolder(tmp_path)
    assert len(folder.put(files_of(still), about_of(still))) == 2 + 12 + len(SEATS)
    assert folder.put(files_of(still), about_of(still)) == []
    rows = files_of(still)
    seat = json.loads(rows[f"seats/{SOME}.json"])
    seat["candidates"][0]["votes"] += 1
    rows[f"seats/{SOME}.json"] = json.dumps(seat).encode()
    before = {p: (tmp_path / p).stat().st_mtime_ns for p in rows}
    assert folder.put(rows, about_of(still)) == [f"seats/{SOME}.json"]
    after = {p: (tmp_path / p).stat().st_mtime_ns for p in rows}
    assert [p for p in rows if before[p] != after[p]] == [f"seats/{SOME}.json"]


def test_the_index_names_every_file_with_the_etag_of_its_bytes(tmp_path, scene, files):
    ResultFolder(tmp_path).put(files, about_of(scene))
    index = json.loads((tmp_path / INDEX).read_bytes())
    assert index["about"]["label"] == "synthetic data"
    on_disk = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert on_disk == {*index["files"], INDEX}
    for path, entry in index["files"].items():
        content = (tmp_path / path).read_bytes()
        assert entry == {"etag": etag_of(content), "bytes": len(content)}


def test_a_restart_goes_on_from_the_index(tmp_path, scene, files):
    ResultFolder(tmp_path).put(files, about_of(scene))
    assert ResultFolder(tmp_path).put(files, about_of(scene)) == []


def test_another_night_takes_the_folder_over(tmp_path, scene, files):
    ResultFolder(tmp_path).put(files, about_of(scene))
    folder = ResultFolder(tmp_path)
    folder.put({"national.json": b"{}\n"}, about_of(scene) | {"night_id": "another"})
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"national.json", INDEX}


@pytest.mark.parametrize("text", ["{", "[]", '{"about": {}}'])
def test_an_index_that_is_nobodys_is_written_anew(tmp_path, scene, files, text):
    (tmp_path / INDEX).write_text(text)
    assert len(ResultFolder(tmp_path).put(files, about_of(scene))) == len(files)


def test_an_id_that_leaves_the_folder_is_refused(scene):
    rows = full_rows(scene)
    rows["constituency_results"][0]["constituency_id"] = "../../secrets"
    with pytest.raises(ValueError, match="cannot name a file"):
        results.files(rows["national_summary"][0], [], [], rows["constituency_results"][:1], [])


def test_keeping_writes_once_more_after_the_stop_and_outlives_a_failure():
    stopping = StopRequest()
    seen = []

    def once():
        seen.append(stopping())
        if len(seen) == 1:
            raise psycopg.OperationalError("the server is restarting")
        if len(seen) == 3:
            stopping.ask()
        return []

    keep(once, 0.001, stopping)
    assert seen == [False, False, False, True]
