"""The books of rejected messages: listed, sent again once, and a closed night opened for them."""

from datetime import UTC, datetime

import pytest
from support.events import NIGHT_ID
from support.handmade_rows import create_night
from support.warehouse import insert, throwaway_warehouse

from election.errors import UserError
from election.settings import BrokerSettings, PostgresSettings, read_settings
from election.tables import FACTS, OPS
from embedded import night as nights
from embedded import progress
from spark.sinks import dead_letters
from spark.sinks.dead_letters import Group, Letter, Resender, read_groups, read_rejected
from spark.sinks.operations import check_idle
from spark.sinks.warehouse import Warehouse

VOTERS, VOTES = ("voters", 0, 7), ("votes", 3, 12)
LETTERS = [
    Letter(VOTERS, "malformed", "S1", b"{}"),
    Letter(("voters", 1, 2), "malformed", "S2", b"{}"),
]


class Message:
    def __init__(self, offset):
        self._offset = offset

    def partition(self):
        return 2

    def offset(self):
        return self._offset


class FakeProducer:
    """Acknowledges what `flush` finds; refuses the key it is told to."""

    refused_key = None
    sent = None

    def __init__(self, _settings):
        self._waiting = []

    def produce(self, topic, *, key, value, on_delivery):
        self._waiting.append((topic, key, value, on_delivery))

    def flush(self, _seconds):
        for topic, key, value, delivered in self._waiting:
            if key == self.refused_key:
                delivered(Refusal(), Message(None))
            else:
                self.sent.append((topic, key, value))
                delivered(None, Message(99 + len(self.sent)))
        self._waiting = []
        return 0


class Refusal:
    def str(self):
        return "record too large"


@pytest.fixture(scope="module")
def warehouse():
    with throwaway_warehouse() as up:
        with up.connect() as admin:
            create_night(admin, NIGHT_ID)
            insert(admin, FACTS["rejections"], [
                {"night_id": NIGHT_ID, "topic": t, "kafka_partition": p, "kafka_offset": n,
                 "reason": reason}
                for (t, p, n), reason in {
                    VOTERS: "malformed", ("voters", 1, 2): "malformed", VOTES: "secrecy",
                }.items()
            ])  # fmt: skip
        yield up


@pytest.fixture
def sink(warehouse, monkeypatch):
    monkeypatch.setattr(dead_letters, "Producer", FakeProducer)
    monkeypatch.setattr(FakeProducer, "sent", [])
    with warehouse.connect() as admin:
        admin.execute("delete from ops.resent")
    found = Warehouse(read_settings(PostgresSettings, **warehouse.environment()))
    yield found
    found.close()


def resender(sink):
    broker = BrokerSettings(KAFKA_BOOTSTRAP_SERVERS="nowhere:1", TOPIC_PREFIX="n.")
    return Resender(broker, sink, NIGHT_ID)


def test_rejected_messages_are_listed_by_reason_with_the_first_as_example(sink):
    assert read_groups(sink, NIGHT_ID) == [
        Group("malformed", "voters", 2, 0, "voters/0/7"),
        Group("secrecy", "votes", 1, 0, "votes/3/12"),
    ]


def test_what_was_sent_is_noted_with_its_new_place(sink, warehouse):
    resender(sink).send(LETTERS)
    assert FakeProducer.sent == [("n.voters", "S1", b"{}"), ("n.voters", "S2", b"{}")]
    noted = (
        "select kafka_partition, kafka_offset, sent_to_partition, sent_to_offset from ops.resent"
    )
    assert sorted(warehouse.rows(noted)) == [(0, 7, 2, 100), (1, 2, 2, 101)]
    rejected, resent = read_rejected(sink, NIGHT_ID)
    assert rejected[VOTERS] == "malformed" and resent == {VOTERS, ("voters", 1, 2)}
    assert read_groups(sink, NIGHT_ID)[0] == Group("malformed", "voters", 2, 2, "voters/0/7")


def test_a_bundle_that_was_not_acknowledged_whole_is_not_noted(sink, monkeypatch):
    monkeypatch.setattr(FakeProducer, "refused_key", "S2")
    with pytest.raises(UserError, match="record too large"):
        resender(sink).send(LETTERS)
    assert read_rejected(sink, NIGHT_ID)[1] == set()


def test_a_bundle_sent_twice_is_noted_once_at_its_newest_place(sink, warehouse):
    resender(sink).send(LETTERS)
    resender(sink).send(LETTERS)
    assert warehouse.rows("select count(*), max(sent_to_offset) from ops.resent") == [(2, 103)]


def test_a_closed_night_is_opened_once_for_what_came_after_it(warehouse):
    with warehouse.connect() as admin:
        nights.set_status(admin, NIGHT_ID, "complete")
        insert(admin, OPS["produced"], [
            {"night_id": NIGHT_ID, "topic": "voters", "kafka_partition": 0, "position": 9,
             "planned": 9, "acknowledged": 9, "refused": 0, "next_offset": 9,
             "updated_at": datetime.now(UTC)}
        ])  # fmt: skip
        assert not progress.note_ends(admin, NIGHT_ID, {("voters", 0): 9})
        assert progress.note_ends(admin, NIGHT_ID, {("voters", 0): 11})
        assert progress.unaccounted(admin, NIGHT_ID) == ["voters/0: broker 11, raw 0, ledger 0"]
        assert nights.reopen(admin, NIGHT_ID)
        assert not nights.reopen(admin, NIGHT_ID)
    assert warehouse.rows("select status from ops.nights") == [("interrupted",)]


@pytest.mark.parametrize(
    ("state", "age_s", "runs"),
    [("running", 1, True), ("starting", 1, True), ("running", 60, False), ("done", 1, False)],
)
def test_a_count_runs_while_it_says_so(sink, warehouse, state, age_s, runs):
    with warehouse.connect() as admin:
        admin.execute("delete from ops.stage_status")
        admin.execute(
            "insert into ops.stage_status (night_id, stage, state, detail, updated_at)"
            " values (%s, 'spark', %s, '', now() - make_interval(secs => %s))",
            (NIGHT_ID, state, age_s),
        )
    if not runs:
        check_idle(sink, NIGHT_ID)
        return
    with pytest.raises(UserError, match="is running") as refused:
        check_idle(sink, NIGHT_ID)
    assert len(refused.value.lines()) == 3
