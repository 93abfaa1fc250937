"""What `election/` declares agrees with itself and with the contract's closed lists."""

import pytest

from cloud.deployment import MODULES
from cloud.hcl import named
from cloud.settings import DeploymentSettings
from election.acceptance import HASH_ONLY_REASONS, MESSAGE_LEVEL_REASONS, REASONS, keeps_bytes
from election.ddl import create_night_partitions, create_warehouse
from election.events import EVENTS, Kind
from election.settings import BIGQUERY_PREFIX, BIGQUERY_REGION, BigQuerySettings
from election.tables import ALL_TABLES, ANALYTICS, RAW
from election.topics import INPUT_TOPICS, TOPICS, event_of


def test_a_night_finds_the_tables_that_a_setup_made_without_a_word(monkeypatch) -> None:
    for name in ("BIGQUERY_LOCATION", "BIGQUERY_DATASET_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    night, setup = BigQuerySettings(GCP_PROJECT_ID="p"), DeploymentSettings()
    declared = named(MODULES, "variable")
    regions = {night.location, setup.region, declared["region"]["default"]}
    prefixes = {night.dataset_prefix, setup.dataset_prefix, declared["prefix"]["default"] + "_"}
    assert regions == {BIGQUERY_REGION} and prefixes == {BIGQUERY_PREFIX}


def test_every_event_has_one_topic() -> None:
    assert {event_of(topic).name for topic in INPUT_TOPICS} == set(EVENTS)
    assert len(INPUT_TOPICS) == len(EVENTS) == 8


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_identity_and_time_are_fields_of_the_event(topic: str) -> None:
    event = event_of(topic)
    fields = {field.name: field for field in event.fields}
    assert set(event.identity) <= set(fields)
    assert all(fields[name].required for name in event.identity)
    if event.occurred_at:
        assert fields[event.occurred_at].kind is Kind.TIMESTAMP
    if event.can_be_late:
        assert event.occurred_at


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_no_message_holds_an_elector_together_with_a_choice(topic: str) -> None:
    names = {field.name for field in event_of(topic).fields}
    elector = names & {"voter_key", "elector_no"}
    choice = names & {"candidate_id", "party_abbreviation", "rejection_reason", "votes"}
    assert not (elector and choice)
    assert not names & event_of(topic).forbidden_fields


def test_dimension_topics_are_never_compacted() -> None:
    assert [name for name, t in TOPICS.items() if "compact" in t.config["cleanup.policy"]] == [
        "results"
    ]


def test_reasons_are_listed_once_and_early_choices_are_never_stored() -> None:
    assert len(set(REASONS)) == len(REASONS)
    assert set(REASONS) >= MESSAGE_LEVEL_REASONS >= HASH_ONLY_REASONS
    assert not keeps_bytes("before_close", names_a_choice=True)
    assert not keeps_bytes("malformed", names_a_choice=True)
    assert keeps_bytes("malformed", names_a_choice=False)
    assert keeps_bytes("unknown_candidate", names_a_choice=True)


def test_every_table_has_its_key_and_cluster_columns() -> None:
    for table in ALL_TABLES:
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names), table.full_name
        assert set(table.key) | set(table.cluster_by) <= set(names), table.full_name
        assert names[0] == "night_id", table.full_name


def test_raw_has_the_columns_of_the_event() -> None:
    for topic, table in RAW.items():
        assert {f.name for f in event_of(topic).fields} < {c.name for c in table.columns}


def test_a_night_gets_a_partition_of_every_live_table() -> None:
    statements = list(create_night_partitions("parl.2017-06-08.20261123T000000Z"))
    assert len(statements) == len(ANALYTICS)
    assert all("parl_2017_06_08_20261123t000000z" in s for s in statements)
    assert all("'parl.2017-06-08.20261123T000000Z'" in s for s in statements)


def test_statements_leave_the_public_schema_alone() -> None:
    assert not [s for s in create_warehouse() if s.startswith("create") and " public." in s]
