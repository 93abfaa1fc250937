"""`make bigquery-full-setup` on the offline BigQuery: broken off, run again, reconciled."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from faults.oracle.bigquery import IN_THE_ENVIRONMENT
from faults.oracle.night import environment_of
from faults.oracle.oracle import Oracle
from support.offline_bigquery import offline_bigquery
from support.town import town
from support.waiting import wait_until
from support.whole_night import WholeNight

from election.bigquery import DATASETS
from election.settings import BigQuerySettings
from embedded.ports import first_free, shuffled
from embedded.stages import answers
from warehouse.clients import open_access

# dbt's hundreds of models and tests take the offline BigQuery minutes.
pytestmark = [pytest.mark.night, pytest.mark.timeout(1800)]
PREFIX = "town_"
REGION = "europe-west2"
VERDICT = "select night_status from {marts}.national_summary"
# An offset may be in raw twice (ADR 18), but staging shows it once.
TWICE = "select count(*) - count(distinct to_json_string((kafka_partition, kafka_offset)))"


@pytest.fixture(scope="module")
def offline():
    with offline_bigquery() as server:
        yield {
            "GCP_PROJECT_ID": server.project,
            "CREDENTIALS_FILE": "emulator",
            "BIGQUERY_EMULATOR_HOST": server.address,
            "BIGQUERY_DATASET_PREFIX": PREFIX,
            "BIGQUERY_LOCATION": REGION,
            "BIGQUERY_WRITE_EVERY_S": "3",
            "BIGQUERY_LOAD_EVERY_S": "3",
        }


@pytest.fixture(scope="module")
def setup(offline, tmp_path_factory):
    """What two runs came to: one that is interrupted in the night, one that goes on."""
    prefix = town().write(tmp_path_factory.mktemp("files"), "town")
    night = WholeNight(
        tmp_path_factory.mktemp("bigquery") / "var",
        command=("cloud", "full-setup", offline["GCP_PROJECT_ID"]),
        ELECTION=str(prefix), POLLING_DATE="2017-06-08", SCALE="100", SPEED="max", KEEP="0",
        DBT_CADENCE_S="10", DRY_RUN="1", **offline,
    )  # fmt: skip
    try:
        night.start()
        night.wait_said("starting ingestion")
        wait_until(lambda: landed(night), seconds=300, what="something has landed in raw")
        first = night.interrupt()
        said = night.said
        night.start()
        second = night.wait_end()
        yield SimpleNamespace(night=night, first=first, interrupted=said, second=second)
    finally:
        night.kill()


def landed(night):
    """Say whether raw has something of the night, and the books say so."""
    return night.rows("select 1 from ops.landed where night_id = %(night)s limit 1")


def rows(offline, query):
    settings = BigQuerySettings.model_validate(offline)
    names = {name: settings.dataset(name) for name in ("marts", "staging", "ops")}
    found = open_access(settings).client().query_and_wait(query.format(**names))
    return [tuple(row.values()) for row in found]


def run(setup, offline, module, *words):
    """Run a command over the night that is there, with nothing but the emulator's address."""
    kept = {name: offline[name] for name in ("BIGQUERY_EMULATOR_HOST", "CREDENTIALS_FILE")}
    done = subprocess.run(
        [sys.executable, "-m", module, "--var", str(setup.night.folder), *words],
        env={**os.environ, **kept}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_it_was_interrupted_and_goes_on_to_a_night_that_reconciles(setup):
    assert setup.first == 130, setup.interrupted
    assert setup.second == 0, setup.night.said
    assert "the night: the night that was interrupted" in setup.night.said
    assert "reconciliation PASS" in setup.night.said
    summary = setup.night.summary()
    assert summary["failures"] == []
    assert (summary["status"], summary["reconciliation"]) == ("complete", "pass")
    assert sum(counts["seats"] for counts in summary["parties"].values()) == 5  # one is a tie


def test_the_plan_has_a_price(setup):
    assert f"plan: {len(DATASETS)} datasets with" in setup.interrupted
    assert "list prices" in setup.interrupted and "the night" in setup.interrupted


def test_the_marts_say_that_it_is_over(setup, offline):
    assert rows(offline, VERDICT) == [("complete",)]


def test_the_result_files_have_the_last_numbers(setup):
    folder = setup.night.folder / "results"
    national = json.loads((folder / "national.json").read_text())
    counted = setup.night.summary()["parties"]
    declared = {p["party_abbreviation"]: p["seats_declared"] for p in national["parties"]}
    assert {name: declared[name] for name in counted} == {
        name: counts["seats"] for name, counts in counted.items()
    }


def test_a_mart_is_exported(setup, offline, tmp_path):
    code, said = run(
        setup, offline, "embedded", "export", "--mart", "party_results", "--format", "csv",
        "--out", str(tmp_path),
    )  # fmt: skip
    assert code == 0, said
    lines = (tmp_path / "party_results.csv").read_text().splitlines()
    assert len(lines) > 1 and "replay of official results" in lines[1]


def test_nothing_is_there_twice(setup, offline):
    for topic in ("votes", "ballots_issued", "declarations"):
        assert rows(offline, f"{TWICE} from {{staging}}.stg_raw__{topic}") == [(0,)]
    assert rows(offline, "select count(*) from {ops}.nights") == [(1,)]


def test_a_third_run_has_nothing_to_do(setup, offline):
    setup.night.start()
    assert setup.night.wait_end() == 0, setup.night.said
    assert "the night: the night is complete" in setup.night.said
    assert rows(offline, "select count(*) from {ops}.nights") == [(1,)]


def test_the_batch_job_runs_over_the_night(setup, offline):
    code, said = run(setup, offline, "embedded", "batch")
    assert code == 0, said


def test_the_dashboard_is_served_over_the_night(setup, offline):
    port = first_free(shuffled())
    kept = {name: offline[name] for name in ("BIGQUERY_EMULATOR_HOST", "CREDENTIALS_FILE")}
    with subprocess.Popen(
        [sys.executable, "-m", "embedded", "--var", str(setup.night.folder), "dashboard"],
        env={**os.environ, **kept, "DASHBOARD_PORT": str(port)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as serving:  # fmt: skip
        try:
            wait_until(lambda: answers(port), seconds=120, what="the dashboard answers")
        finally:
            serving.send_signal(signal.SIGINT)
            serving.wait(60)


def test_the_oracle_finds_no_difference_in_what_is_published_either(setup, offline):
    code, said = run(setup, offline, "embedded", "start")
    assert code == 0, said
    try:
        there = {name: offline[name] for name in IN_THE_ENVIRONMENT if name in offline}
        assert Oracle(environment_of(setup.night.folder) | there).differences() == []
    finally:
        code, said = run(setup, offline, "embedded", "stop")
    assert code == 0, said


def test_the_cost_of_each_stage_is_told(setup, offline):
    done = subprocess.run(
        [sys.executable, "-m", "cloud", "--var", str(setup.night.folder), "cost"],
        env={**os.environ, **offline}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=180, check=False,  # it starts the machine
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for stage in ("spark", "ingestion", "dbt", "night"):
        assert f" {stage} " in done.stdout, done.stdout
