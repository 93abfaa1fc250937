"""Whole nights through the real components: `make demo` on official results, exact and spoiled."""

import json
import os
import re
import subprocess
import sys
from csv import DictReader
from pathlib import Path

import pytest

from election.topics import INPUT_TOPICS

DATA = Path(os.environ.get("ELECTION_DATA", "../shared/data"))
NIGHT_WITHIN_S = 900
SEATS = {
    2015: {"Con": 330, "Lab": 232, "SNP": 56, "LD": 8, "DUP": 8, "SF": 4, "PC": 3, "SDLP": 3,
           "UUP": 2, "UKIP": 1, "Green": 1, "Ind": 1, "Spk": 1},
    2017: {"Con": 317, "Lab": 262, "SNP": 35, "LD": 12, "DUP": 10, "SF": 7, "PC": 4, "Green": 1,
           "Ind": 1, "Spk": 1},
}  # fmt: skip

pytestmark = [
    pytest.mark.night,
    pytest.mark.skipif(
        not (DATA / "ge2017_candidacies.csv").exists(),
        reason=f"no official results in {DATA}: set ELECTION_DATA",
    ),
]


def hold(folder, year, **settings):
    """Hold a night as `make demo` does; return its exit code, its summary and what it said."""
    for place in (folder, *folder.parents[:3]):
        place.chmod(place.stat().st_mode | 0o001)  # PostgreSQL refuses root: let it enter
    environment = {
        **os.environ, "ELECTION": str(DATA / f"ge{year}"), "SCALE": "1000", "SPEED": "max",
        "KEEP": "0", **settings,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "embedded", "--var", str(folder), "demo"],
        env=environment, capture_output=True, text=True, timeout=NIGHT_WITHIN_S, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    file = folder / "summary.json"
    assert file.exists(), said
    return done.returncode, json.loads(file.read_text()), said


def told(command):
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def seats_of(summary):
    return {party: c["seats"] for party, c in summary["parties"].items() if c["seats"]}


@pytest.fixture(scope="module")
def night_2017(tmp_path_factory):
    return hold(tmp_path_factory.mktemp("night2017"), 2017)


def test_the_night_of_2017_arrives_at_the_official_seats(night_2017):
    code, summary, said = night_2017
    assert summary["failures"] == []
    assert (code, summary["status"], summary["reconciliation"]) == (0, "complete", "pass"), said
    assert seats_of(summary) == SEATS[2017]
    assert summary["seats_adjusted"] == 28


def test_every_message_is_in_one_class(night_2017):
    _, summary, _ = night_2017
    assert set(summary["topics"]) == set(INPUT_TOPICS)
    for topic, counts in summary["topics"].items():
        classes = sum(counts[name] for name in ("accepted", "late", "duplicate", "rejected"))
        assert counts["produced"] == classes > 0, topic


def test_the_faults_are_there(night_2017):
    topics = night_2017[1]["topics"]
    assert topics["votes"]["duplicate"] > 100
    assert topics["votes"]["late"] > 100
    assert topics["ballots_issued"]["rejected"] > 10


def test_the_last_screen_says_pass_and_the_address_was_said(night_2017):
    said = night_2017[2]
    assert "dashboard: http://127.0.0.1:" in said
    assert "reconciliation PASS" in said
    assert "Traceback" not in said


def test_no_log_names_a_candidate(night_2017, tmp_path_factory):
    """So that nothing about choices is in one, whenever it was written."""
    folder = next(tmp_path_factory.getbasetemp().glob("night2017*/logs"))
    logs = {path.name: path.read_text(errors="replace") for path in folder.glob("*.log")}
    assert {"spark.log", "ingestion.log", "dbt.log"} <= set(logs)
    assert {name for name, text in logs.items() if re.search(r"[A-Z]\d{8}-C\d\d", text)} == set()


def test_no_process_is_left(night_2017, tmp_path_factory):
    registry = json.loads(
        next(tmp_path_factory.getbasetemp().glob("night2017*/run/processes.json")).read_text()
    )
    for entry in [registry["supervisor"], *registry["services"]]:
        assert entry["pid"] is None or not Path(f"/proc/{entry['pid']}").exists(), entry["name"]


def test_no_temporary_file_is_left(night_2017, tmp_path_factory):
    folder = next(tmp_path_factory.getbasetemp().glob("night2017*/run")).parent
    assert not (folder / "scratch").exists()


def test_the_chain_is_what_the_broker_gives_and_an_outsider_can_check_it(
    night_2017, tmp_path_factory
):
    _, summary, _ = night_2017
    folder = next(tmp_path_factory.getbasetemp().glob("night2017*/run")).parent
    run, out = [sys.executable, "-m", "embedded", "--var", str(folder)], str(folder / "chain")
    told([*run, "start"])
    try:
        for source in ("broker", "bronze"):
            said = told([*run, "chain", "--from", source])
            assert f"{source} gives every block and head that was published" in said
        head = told([*run, "export", "--chain", "--out", out]).split()[-1]
    finally:
        told([*run, "stop"])
    said = told([sys.executable, "-I", str(folder / "chain" / "verify.py"), out, head])
    rows = sum(summary["topics"][topic]["produced"] for topic in ("votes", "declarations"))
    assert f"consistent and anchored: HEAD covers {rows:,} rows" in said


def test_a_lost_and_an_altered_paper_are_found_and_named(tmp_path):
    code, summary, said = hold(tmp_path, 2015, FAULTS="lose:1,alter:1")
    assert (code, summary["reconciliation"]) == (1, "fail"), said
    assert summary["status"] == "complete"
    with (DATA / "ge2015_candidacies.csv").open(encoding="utf-8-sig") as file:
        people = {(row["Constituency name"], row["Candidate surname"]) for row in DictReader(file)}
    named = [line for line in summary["failures"] if "papers counted by dbt" in line]
    assert len(named) >= 2
    for line in named:
        assert any(seat in line and surname in line for seat, surname in people), line
    assert "reconciliation FAIL" in said
