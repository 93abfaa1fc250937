import pytest

from election.errors import UserError
from election.settings import BrokerSettings, PostgresSettings, read_settings


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
