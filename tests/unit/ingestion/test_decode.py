"""Many messages, quickly: the same rows and reasons as one by one, and no byte of a secret."""

import hashlib
import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.events import CLOSES_AT, ELECTION_ID, MISSING, NIGHT_ID, make_value

from election import decode as decoding
from election.decode import parse_times
from election.judge import judge
from election.topics import INPUT_TOPICS, event_of
from ingestion.columns import REJECTED_SCHEMA, SCHEMAS
from ingestion.decode import Decoder, Messages


def decode(topic, values):
    decoder = Decoder(topic, night_id=NIGHT_ID, election_id=ELECTION_ID, closes_at=CLOSES_AT)
    count = len(values)
    return decoder.decode(Messages([2] * count, range(100, 100 + count), [1_000] * count, values))


def by_offset(decoded):
    """Return the row, or the reason, of each offset."""
    kafka = {"night_id", "kafka_partition", "kafka_offset", "kafka_timestamp"}
    rows = {
        row["kafka_offset"]: {name: row[name] for name in row.keys() - kafka}
        for row in decoded.rows.to_pylist()
    }
    reasons = {row["kafka_offset"]: row["reason"] for row in decoded.rejected.to_pylist()}
    assert not rows.keys() & reasons.keys()
    return rows | reasons


def judged(topic, values):
    return {at: judge(topic, value, closes_at=CLOSES_AT) for at, value in enumerate(values, 100)}


POISON = [
    None,
    b"",
    b"\n",
    b"not json",
    b"\xff",
    b"{}",
    b"[1]",
    b"[" * 2000 + b"]" * 2000,
]
ODD = [
    {"schema_version": 9},
    {"schema_version": 1.0},
    {"election_id": "parl.2019-12-12"},
    {"election_id": "nonsense"},
    {"sent_at": "2017-06-08T20:59:59.999999Z"},
    {"sent_at": "2017-06-09T01:00:00Z"},
    {"sent_at": "2017-06-31T01:00:00.000000Z"},
    {"sent_at": "2017-06-09T01:00:00.000000+"},
    {"sent_at": "0000-06-09T01:00:00.000000Z"},
    {"sent_at": "2017-06-09\n01:00:00.000000Z"},
    {"sent_at": ""},
    {"produced_at": MISSING},
    {"mood": "good"},
    {"voter_key": "f" * 32},
    {"candidate_id": "E14000530-C02"},
    {"candidate_id": None},
    {"candidate_id": "né"},
    {"elector_no": 5},
    {"elector_no": None},
    {"elector_no": True},
    {"constituency_id": 'E14"000530'},
    {"constituency_id": "e14"},
    {"constituency_id": "E14\n"},
    {"constituency_id": None},
    {"rejection_reason": "unmarked_or_void"},
    {"method": "tendered"},
    {"method": "pigeon"},
    {"refused": True},
    {"refused": 1},
    {"kind": "dimensions"},
    {"age_band": None},
    {"paper_no": 2**63},
    {"paper_no": -(2**63)},
    {"issue_no": 1.5},
    {"count": "12"},
]


def odd_values(topic):
    repeated_key = make_value(topic)[:-1] + b',"schema_version":7}'
    return [*POISON, repeated_key, *(make_value(topic, **overrides) for overrides in ODD)]


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_the_quick_way_says_what_the_exact_way_says(topic):
    values = [make_value(topic), *odd_values(topic), make_value(topic)]
    assert by_offset(decode(topic, values)) == judged(topic, values)


@given(data=st.data(), topic=st.sampled_from(INPUT_TOPICS))
@settings(max_examples=60, deadline=None)
def test_whatever_the_fields_hold_both_ways_agree(data, topic):
    names = [field.name for field in event_of(topic).fields]
    something = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.just("E1")
    )
    values = [
        make_value(topic, **data.draw(st.dictionaries(st.sampled_from(names), something)))
        for _ in range(3)
    ]
    assert by_offset(decode(topic, values)) == judged(topic, values)


@given(cut=st.integers(0, 400), byte=st.integers(0, 255), topic=st.sampled_from(INPUT_TOPICS))
@settings(max_examples=150, deadline=None)
def test_a_damaged_byte_is_seen_by_both_ways(cut, byte, topic):
    value = bytearray(make_value(topic))
    value[cut % len(value)] = byte
    values = [make_value(topic), bytes(value)]
    assert by_offset(decode(topic, values)) == judged(topic, values)


def test_one_bad_message_spoils_nothing_around_it():
    values = [make_value("votes", paper_no=number) for number in range(1, 5001)]
    bad = sorted(random.Random(4).sample(range(5000), 250))
    for at in bad:
        values[at] = b"{"
    decoded = decode("votes", values)
    assert [100 + at for at in bad] == decoded.rejected["kafka_offset"].to_pylist()
    expected = [number for number in range(1, 5001) if number - 1 not in set(bad)]
    assert decoded.rows["paper_no"].to_pylist() == expected


def test_clean_messages_never_take_the_slow_way(monkeypatch):
    monkeypatch.setattr(decoding, "judge", None)
    for topic in ("voters", "ballots_issued", "votes", "ballot_accounts", "exit_poll"):
        assert decode(topic, [make_value(topic)] * 3).rows.num_rows == 3


@pytest.mark.parametrize("topic", INPUT_TOPICS)
def test_tables_have_the_declared_columns_even_when_empty(topic):
    for values in ([], [make_value(topic)], [None]):
        decoded = decode(topic, values)
        assert decoded.rows.schema == SCHEMAS[topic]
        assert decoded.rejected.schema == REJECTED_SCHEMA


def test_where_a_message_came_from_is_kept():
    row = decode("votes", [make_value("votes")]).rows.to_pylist()[0]
    assert (row["night_id"], row["kafka_partition"], row["kafka_offset"]) == (NIGHT_ID, 2, 100)
    assert row["kafka_timestamp"].timestamp() == 1.0


@pytest.mark.parametrize(
    ("topic", "value", "is_kept"),
    [
        ("voters", b"not json", True),
        ("ballots_issued", make_value("ballots_issued", schema_version=9), True),
        ("voters", make_value("voters", candidate_id="E14000530-C01"), False),
        ("votes", b"not json", False),
        ("exit_poll", b"not json", False),
        ("declarations", b"not json", False),
        ("votes", make_value("votes", sent_at="2017-06-08T20:00:00Z"), False),
    ],
)
def test_refused_bytes_are_kept_only_where_secrecy_allows(topic, value, is_kept):
    row = decode(topic, [value]).rejected.to_pylist()[0]
    assert row["value"] == (value if is_kept else None)
    assert row["value_sha256"] == hashlib.sha256(value).hexdigest()
    assert row["value_length"] == len(value)


def test_a_null_value_has_a_length_of_none_at_all():
    row = decode("voters", [None]).rejected.to_pylist()[0]
    assert (row["value"], row["value_length"], row["reason"]) == (None, 0, "malformed")


def test_times_are_read_by_column():
    good, bad = "2017-06-08T21:00:00.000001Z", "2017-13-08T21:00:00.000001Z"
    times, suspicious = parse_times(f"{good}\n{bad}\n{good}", 3)
    assert suspicious.tolist() == [False, True, False]
    assert times.type == pa.timestamp("us", tz="UTC")
    assert times[0].as_py().microsecond == 1
