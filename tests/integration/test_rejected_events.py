"""`rejected_events` on a real broker: whole values are read once more by their offsets."""

import base64
import hashlib

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from support.events import make_value
from support.scram_broker import scram_broker

from election.errors import PassingError, UserError
from election.settings import BrokerSettings
from generators.topics_admin import create_topics
from spark import single_messages
from spark.blocks.reduce import TOO_LONG
from spark.broker import read_topic
from spark.single_messages import SingleMessages
from spark.sinks.rejected_events import RejectedEvents
from spark.tally.tally import Rejected

MESSAGES = 9_000
TRIMMED = 40
VALUES = [b"paper %d " % n * (1 + n % 3) for n in range(MESSAGES)]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    with scram_broker(tmp_path_factory.mktemp("broker")) as broker:
        settings = BrokerSettings.model_validate({**broker.login(), "TOPIC_PREFIX": "night-1."})
        create_topics(settings)
        send(settings, "ballots_issued", 0, VALUES)
        send(settings, "ballots_issued", 1, [None, b"x" * 900_000])
        send(settings, "votes", 0, [make_value("votes", paper_no=1)])
        send(settings, "voters", 0, VALUES[: 2 * TRIMMED])
        admin = AdminClient({**settings.client(), "log_level": 0})
        [trimmed] = admin.delete_records(
            [TopicPartition(settings.topic("voters"), 0, TRIMMED)]
        ).values()
        assert trimmed.result(30).low_watermark == TRIMMED
        yield settings


@pytest.fixture
def single(settings):
    reader = SingleMessages(settings)
    yield reader
    reader.close()


def send(settings, topic, partition, values):
    producer = Producer({**settings.client(), "log_level": 0, "linger.ms": 20})
    for value in values:
        producer.produce(settings.topic(topic), value, partition=partition)
    assert producer.flush(60) == 0


def ballot(offset, partition=0):
    return ("ballots_issued", partition, offset)


@pytest.mark.parametrize(
    "offsets",
    [[0], [MESSAGES - 1], [3, 4, 5], range(0, MESSAGES, 7), [10, 2_500, 8_999, 2_501, 10]],
    ids=["first", "last", "side_by_side", "many", "far_apart_and_out_of_order"],
)
def test_a_message_is_read_by_its_offset(single, offsets):
    found = list(single.values(map(ballot, offsets)))
    assert found == [(ballot(at), VALUES[at]) for at in sorted(set(offsets))]


def test_what_was_read_says_nothing_about_what_is_read_next(single):
    for _ in range(2):
        wanted = [ballot(8_000), ballot(1, 1), ballot(0, 1), ballot(20), ("votes", 0, 0)]
        found = dict(single.values(wanted))
        assert found.keys() == set(wanted)
        assert found[ballot(20)] == VALUES[20]
        assert found[ballot(0, 1)] is None and len(found[ballot(1, 1)]) == 900_000


@pytest.mark.parametrize("offset", [0, TRIMMED - 1])
def test_a_message_that_the_broker_has_no_more_is_named(single, offset):
    with pytest.raises(UserError, match=f"voters partition 0 does not have offset {offset} any"):
        list(single.values([("voters", 0, offset)]))
    assert dict(single.values([("voters", 0, TRIMMED)])) == {
        ("voters", 0, TRIMMED): VALUES[TRIMMED]
    }


def test_a_broker_that_sends_nothing_is_waited_for_and_then_named(single, monkeypatch):
    monkeypatch.setattr(single_messages, "ANSWERS_WITHIN_S", 0.5)
    monkeypatch.setattr(single_messages, "_POLL_S", 0.1)
    with pytest.raises(PassingError, match="does not answer"):
        list(single.values([("exit_poll", 0, 0)]))  # nothing was sent there


def test_a_refused_message_is_kept_with_its_origin_and_what_secrecy_allows(settings):
    inline = base64.b64encode(b"{").decode()
    refused = [
        Rejected("ballots_issued", 0, 7, "malformed", inline),
        Rejected("ballots_issued", 0, 8_000, "double_vote_attempt", TOO_LONG),
        Rejected("ballots_issued", 1, 1, "malformed", TOO_LONG),
        Rejected("ballots_issued", 1, 0, "malformed", None),
        Rejected("votes", 1, 5, "malformed", f"{'ab' * 32} 17"),
        Rejected("votes", 0, 0, "malformed", TOO_LONG),
    ]
    sender = RejectedEvents(settings)
    try:
        sender.send(refused)
    finally:
        sender.close()
    kept = {}
    for message in read_topic(settings, "rejected_events"):
        said = {name: value.decode() for name, value in message.headers()}
        place = (said.pop("topic"), int(said.pop("partition")), int(said.pop("offset")))
        kept[place] = (message.value(), said)
    vote = make_value("votes", paper_no=1)
    no_choice_told = {"sha256": hashlib.sha256(vote).hexdigest(), "length": str(len(vote))}
    assert kept == {
        ballot(7): (b"{", {"reason": "malformed"}),
        ballot(8_000): (VALUES[8_000], {"reason": "double_vote_attempt"}),
        ballot(1, 1): (b"x" * 900_000, {"reason": "malformed"}),
        ballot(0, 1): (None, {"reason": "malformed"}),
        ("votes", 1, 5): (None, {"reason": "malformed", "sha256": "ab" * 32, "length": "17"}),
        ("votes", 0, 0): (None, {"reason": "malformed", **no_choice_told}),
    }
