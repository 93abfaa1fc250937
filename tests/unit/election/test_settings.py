from pathlib import Path

import pytest

from election.errors import UserError
from election.settings import BrokerSettings, NightSettings, PostgresSettings, read_settings

WITH_LOGIN = {
    "KAFKA_BOOTSTRAP_SERVERS": "broker:9092",
    "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "KAFKA_USERNAME": "spark",
}


def test_a_missing_setting_is_refused_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    with pytest.raises(UserError, match="KAFKA_BOOTSTRAP_SERVERS"):
        read_settings(BrokerSettings)


def test_a_topic_takes_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("TOPIC_PREFIX", "night-1.")
    assert read_settings(BrokerSettings).topic("votes") == "night-1.votes"


def test_a_role_without_password_is_refused_and_no_password_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POSTGRES_PORT", "5432")
    monkeypatch.setenv("POSTGRES_LOADER_PASSWORD", "hunter2")
    monkeypatch.delenv("POSTGRES_READER_PASSWORD", raising=False)
    settings = read_settings(PostgresSettings)
    assert "hunter2" not in repr(settings)
    assert settings.connect_arguments("loader")["password"] == "hunter2"
    with pytest.raises(UserError, match="POSTGRES_READER_PASSWORD"):
        settings.connect_arguments("reader")


def test_a_broker_without_security_is_given_no_login() -> None:
    broker = BrokerSettings(KAFKA_BOOTSTRAP_SERVERS="broker:9092", KAFKA_USERNAME="spark")
    assert broker.client() == broker.java_client() == {"bootstrap.servers": "broker:9092"}


def test_both_kinds_of_client_log_in_with_scram() -> None:
    broker = BrokerSettings(**WITH_LOGIN, KAFKA_PASSWORD='a"b\\c')
    shared = {
        "bootstrap.servers": "broker:9092",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
    }
    assert broker.client() == {**shared, "sasl.username": "spark", "sasl.password": 'a"b\\c'}
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    login = f'{module} username="spark" password="a\\"b\\\\c";'
    assert broker.java_client() == {**shared, "sasl.jaas.config": login}
    assert 'a"b' not in repr(broker)


@pytest.mark.parametrize("missing", ["KAFKA_USERNAME", "KAFKA_PASSWORD"])
def test_a_login_that_is_not_whole_is_refused_by_its_variable(missing: str) -> None:
    given = {**WITH_LOGIN, "KAFKA_PASSWORD": "hunter2"}
    broker = BrokerSettings(**{n: v for n, v in given.items() if n != missing})
    for client in (broker.client, broker.java_client):
        with pytest.raises(UserError, match="no login") as refusal:
            client()
        assert missing in refusal.value.why


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "loader"
    secret.write_text("hunter2\n")
    monkeypatch.setenv("POSTGRES_PORT", "5432")
    monkeypatch.setenv("POSTGRES_LOADER_PASSWORD_FILE", str(secret))
    monkeypatch.setenv("POSTGRES_HOST_FILE", str(secret))  # no secret: not looked for in files
    settings = read_settings(PostgresSettings)
    assert settings.connect_arguments("loader")["password"] == "hunter2"
    assert settings.host == "127.0.0.1"
    monkeypatch.setenv("POSTGRES_LOADER_PASSWORD", "typed")
    assert read_settings(PostgresSettings).connect_arguments("loader")["password"] == "typed"


def test_a_file_of_a_secret_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_PORT", "5432")
    monkeypatch.setenv("POSTGRES_LOADER_PASSWORD_FILE", "/nowhere/loader")
    with pytest.raises(UserError, match="POSTGRES_LOADER_PASSWORD_FILE=/nowhere/loader"):
        read_settings(PostgresSettings)


def test_what_a_night_decided_stands_in_a_file_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "night.env"
    file.write_text("NIGHT_ID=n1\nELECTION_ID=e1\nPOLLING_DATE=2024-07-04\n")
    for name in ("NIGHT_ID", "ELECTION_ID", "POLLING_DATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NIGHT_FILE", str(file))
    assert read_settings(NightSettings).night_id == "n1"
    monkeypatch.setenv("NIGHT_ID", "n2")
    assert read_settings(NightSettings).night_id == "n2"
    monkeypatch.setenv("NIGHT_FILE", str(tmp_path / "none"))
    with pytest.raises(UserError, match="no night was set up"):
        read_settings(NightSettings)
