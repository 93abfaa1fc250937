"""Which rejected messages are sent again, and what is said of the others."""

import json

import pytest
from support.events import CLOSES_AT, ELECTION_ID, key_of, make_event

from election.decode import TypedDecoder
from election.topics import INPUT_TOPICS
from spark.jobs.dead_letters import Chosen, choose, table_of
from spark.sinks.dead_letters import Group

DECODERS = {
    topic: TypedDecoder(topic, election_id=ELECTION_ID, closes_at=CLOSES_AT)
    for topic in INPUT_TOPICS
}


def value(topic, **fields):
    return json.dumps(make_event(topic, **fields)).encode()


GOOD = value("ballots_issued")
AT = ("ballots_issued", 2, 7)


def chosen(rejected, values, resent=()):
    return choose(rejected, set(resent), values, DECODERS)


@pytest.mark.parametrize("reason", ["malformed", "unknown_version"])
def test_what_the_reader_now_accepts_is_sent_with_the_key_of_its_topic(reason):
    [letter] = chosen({AT: reason}, [(AT, GOOD)]).letters
    assert (letter.place, letter.reason, letter.value) == (AT, reason, GOOD)
    assert letter.key == key_of("ballots_issued", make_event("ballots_issued"))


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_every_topic_has_a_key_to_send_with(topic):
    at = (topic, 0, 0)
    [letter] = chosen({at: "unknown_version"}, [(at, value(topic))]).letters
    assert letter.key == key_of(topic, make_event(topic))


@pytest.mark.parametrize("bad", [None, b"", b"{", value("ballots_issued", schema_version=2)])
def test_what_it_still_refuses_is_not(bad):
    found = chosen({AT: "malformed"}, [(AT, bad)])
    assert (found.letters, found.refused) == ([], 1)


def test_what_was_sent_again_before_is_not_sent_once_more():
    found = chosen({AT: "malformed"}, [(AT, GOOD)], resent=[AT])
    assert (found.letters, found.resent) == ([], 1)


def test_a_message_that_rejected_events_has_twice_is_sent_once():
    assert len(chosen({AT: "malformed"}, [(AT, GOOD), (AT, GOOD)]).letters) == 1


def test_what_secrecy_withholds_is_never_sent():
    rejected = {
        ("votes", 0, 1): "malformed", ("votes", 0, 2): "before_close",
        ("voters", 0, 3): "secrecy",
    }  # fmt: skip
    found = chosen(rejected, [(("votes", 0, 1), value("votes"))])
    assert found.letters == []
    assert (found.hashed, found.other) == (1, 2)


def test_what_a_message_says_does_not_change_by_sending_it():
    found = chosen({AT: "unknown_seat"}, [(AT, GOOD)])
    assert (found.letters, found.other) == ([], 1)


def test_what_the_topic_has_lost_is_said():
    assert chosen({AT: "malformed"}, []).lost == 1


def test_what_the_ledgers_do_not_have_as_rejected_is_left_alone():
    assert chosen({}, [(AT, GOOD)]) == Chosen()


def test_the_report_leaves_out_what_there_is_none_of():
    assert Chosen().lines() == ["0 sent again"]
    said = Chosen(hashed=1_200, refused=3).lines()
    assert said[1].startswith("3 are refused by this reader too")
    assert said[2].startswith("1,200 cannot be sent: secrecy")


def test_the_list_has_a_line_a_reason_and_topic_and_the_sum():
    lines = table_of(
        [Group("malformed", "voters", 1_234, 2, "voters/0/7"),
         Group("malformed", "votes", 1, 0, "votes/3/12")]
    )  # fmt: skip
    assert [line.split() for line in lines[1:3]] == [
        ["malformed", "voters", "1,234", "bytes", "2", "voters/0/7"],
        ["malformed", "votes", "1", "hash", "0", "votes/3/12"],
    ]
    assert lines[-1] == "1,235 messages were rejected"
    assert table_of([]) == ["no message was rejected"]
