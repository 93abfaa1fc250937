"""Who may connect: a fake key only to an emulator, and an emulator only on this machine."""

import pytest

from election.errors import UserError
from election.settings import BIGQUERY_REGION, BigQuerySettings
from warehouse.clients import open_access

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
LOOPBACK = "http://127.0.0.1:9050"


def settings(**given):
    names = {
        "project": "GCP_PROJECT_ID",
        "key": "CREDENTIALS_FILE",
        "host": "BIGQUERY_EMULATOR_HOST",
    }
    return BigQuerySettings(**{names[k]: v for k, v in {"project": "p", **given}.items()})


def test_a_fake_key_is_refused_without_an_emulator():
    with pytest.raises(UserError, match="fake key of an emulator"):
        open_access(settings(key="emulator"))


@pytest.mark.parametrize(
    "host", ["10.0.0.7:9050", "http://bigquery.example:9050", "0.0.0.0:9050", "http://[::2]:1"]
)
def test_an_emulator_elsewhere_is_refused(host):
    with pytest.raises(UserError, match="is not on this machine"):
        open_access(settings(host=host, key="emulator"))


def test_a_real_key_is_not_sent_to_an_emulator(tmp_path):
    with pytest.raises(UserError, match="a real key was given for an emulator"):
        open_access(settings(host=LOOPBACK, key=str(tmp_path / "key.json")))


@pytest.mark.parametrize("host", [LOOPBACK, "localhost:9050", "127.9.9.9:1", "http://[::1]:9050"])
def test_an_emulator_on_this_machine_gets_the_fake_token(host):
    access = open_access(settings(host=host))
    assert access.credentials.token == "emulator"
    assert access.endpoint.startswith("http://")
    assert access.client().location == BIGQUERY_REGION
    assert access.dbt_environment()["BIGQUERY_METHOD"] == "oauth-secrets"


@pytest.mark.parametrize("content", [None, "not json", "{}"])
def test_a_key_that_is_none_is_said_so(tmp_path, content):
    key = tmp_path / "key.json"
    if content is not None:
        key.write_text(content)
    with pytest.raises(UserError, match="no key to work with") as refused:
        open_access(settings(key=str(key)))
    assert "set CREDENTIALS_FILE" in refused.value.fix


def test_a_project_must_be_named(monkeypatch):
    monkeypatch.delenv("GCP_PROJECT_ID", raising=False)
    with pytest.raises(ValueError, match="GCP_PROJECT_ID"):
        BigQuerySettings()
