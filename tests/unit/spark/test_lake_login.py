"""One key for a lake in a bucket: delta-rs and Google's clients find the one that is set."""

import json

import deltalake as dl
import pytest

from election.errors import UserError
from spark.lake_login import KEY, PROJECT, log_in
from spark.settings import LakeLogin

LAKE = "gs://bucket/lake"


def environment_of(**settings):
    environment = {}
    log_in(LakeLogin.model_validate(settings), environment)
    return environment


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "key.json"
    file.write_text(json.dumps({"type": "service_account", "project_id": "p", "private_key": "no"}))
    return file


def test_the_key_is_where_everybody_looks_for_one(key):
    found = environment_of(LAKE_PATH=LAKE, CREDENTIALS_FILE=str(key), GCP_PROJECT_ID="p")
    assert found == {KEY: str(key), PROJECT: "p"}


@pytest.mark.parametrize("file", [None, "", "emulator"])
def test_without_a_key_it_is_the_machines_own_login(file):
    assert environment_of(LAKE_PATH=LAKE, CREDENTIALS_FILE=file) == {}


def test_a_lake_in_a_folder_needs_none(key):
    assert environment_of(LAKE_PATH="/var/lake", CREDENTIALS_FILE="/no/such/key") == {}
    assert environment_of(CREDENTIALS_FILE=str(key)) == {}


def test_a_key_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=LAKE) as refused:
        environment_of(LAKE_PATH=LAKE, CREDENTIALS_FILE=str(tmp_path / "gone.json"))
    assert "gone.json" in refused.value.why


def test_delta_reads_the_key_that_is_set(key, monkeypatch):
    for name, value in environment_of(LAKE_PATH=LAKE, CREDENTIALS_FILE=str(key)).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Exception, match="decode service account file"):
        dl.DeltaTable(f"{LAKE}/ledgers/n/count")
