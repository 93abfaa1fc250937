"""A night on which everything goes wrong, and that still comes to the right result.

Made-up seats: a tie, a seat with one candidate, a poll three weeks later, a result corrected by
a second file. Ctrl-C while it starts, polls, counts and reconciles; the generator killed twice,
warehouse and broker once; poison from a stranger; every preferred port busy. Then it must end
PASS, with nothing lost, and everything that was made of the night must be what the oracle reads
in the broker's log.
"""

import json
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from confluent_kafka import Producer
from faults.oracle.checks import Sent
from support.events import MISSING, make_value
from support.oracle_asked import ask_oracle
from support.town import SEAT, town
from support.whole_night import END_WITHIN_S, WholeNight

from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS
from spark.broker import read_topic

pytestmark = [pytest.mark.night, pytest.mark.timeout(3600)]  # every act has a deadline of its own

MEGABYTE = b"x" * 1_000_000
NOON, AFTERNOON, MIDNIGHT = (
    datetime(2017, 6, 8, 11, tzinfo=UTC),
    datetime(2017, 6, 8, 13, tzinfo=UTC),
    datetime(2017, 6, 8, 23, tzinfo=UTC),
)
VOTES = {"Con": 430, "Lab": 770, "LD": 85, "SNP": 171, "Spk": 300, "Green": 80, "Ind": 30}
SEATS = {"Lab": 3, "Con": 1, "Spk": 1}  # and one tie


ISSUE = {"constituency_id": SEAT, "polling_station_id": f"{SEAT}-S001"}
PAPER = {"constituency_id": SEAT, "count_batch_id": f"{SEAT}-B0001",
         "candidate_id": f"{SEAT}-C01"}  # fmt: skip


def poison_of(topic):
    """Return messages that no reader may take, each with the reason why not."""
    good, number = (PAPER, b'"paper_no":1') if topic == "votes" else (ISSUE, b'"issue_no":1')
    name = number.split(b'"')[1].decode()
    valid = make_value(topic, **good)
    far = "2099-06-08T11:00:00.000000Z"
    return [
        (b"ballot box 17 is on its way", "malformed"),
        (valid.replace(b"E149", b"\xff\xfe49"), "malformed"),
        (None, "malformed"),
        (b"", "malformed"),
        (MEGABYTE, "malformed"),
        (b"[" * 100_000, "malformed"),
        (valid[:-1] + b',"more":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "malformed"),
        (valid.replace(number, number[:-1] + b"NaN"), "malformed"),
        (valid.replace(number, number[:-1] + b"1.0"), "malformed"),
        (make_value(topic, **good, **{name: "1"}), "malformed"),
        (make_value(topic, **good, **{name: MISSING}), "malformed"),
        (make_value(topic, **good, schema_version=99), "unknown_version"),
        (
            make_value(topic, **good, **{"elector_no" if topic == "votes" else "choice": 1}),
            "secrecy",
        ),
        (
            make_value(topic, **good, **{"counted_at" if topic == "votes" else "issued_at": far}),
            "too_early",
        ),
    ]  # fmt: skip


@dataclass
class Story:
    """What was seen on the way."""

    codes: dict[str, int] = field(default_factory=dict)
    left_over: dict[str, list[str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    interrupted: dict = field(default_factory=dict)
    summary: dict = field(default_factory=dict)
    poison: dict = field(default_factory=dict)  # (topic, partition, offset) -> (value, reason)
    refused: dict = field(default_factory=dict)  # the same key -> (value, headers)
    busy: dict[str, int] = field(default_factory=dict)
    warehouse: dict[str, list[tuple]] = field(default_factory=dict)
    oracle: list[str] = field(default_factory=list)

    def end(self, act, code, night):
        self.codes[act], self.left_over[act], self.said[act] = code, night.left_over(), night.said


def produce_poison(night):
    """Produce every poison as a stranger would; return it by where the broker put it."""
    broker = BrokerSettings.model_validate(night.environment())
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 0,
                         "message.max.bytes": 2_000_000})  # fmt: skip
    found = {}

    def note(topic, value, reason):
        def delivered(error, message):
            assert error is None, error
            found[topic, message.partition(), message.offset()] = (value, reason)

        return delivered

    for topic in ("ballots_issued", "votes"):
        for n, (value, reason) in enumerate(poison_of(topic)):
            producer.produce(broker.topic(topic), value, partition=n % 4,
                             on_delivery=note(topic, value, reason))  # fmt: skip
    assert producer.flush(60) == 0
    return found


def read_refused(night):
    """Return what is in `rejected_events` by where it came from."""
    found = {}
    for message in read_topic(
        BrokerSettings.model_validate(night.environment()), "rejected_events"
    ):
        headers = {name: value.decode() for name, value in message.headers()}
        origin = (headers["topic"], int(headers["partition"]), int(headers["offset"]))
        found[origin] = (message.value(), headers)
    return found


WAREHOUSE = {
    "conservation": "select topic, stage, status, unaccounted from marts.conservation"
                    " where night_id = %(night)s",
    "failed": "select detail from marts.reconciliation where night_id = %(night)s"
              " and status <> 'pass' and severity = 'error'",
    "declarations": "select declaration_version, status, reason from marts.fct_declaration"
                    " where night_id = %(night)s and constituency_id = 'S14900002'"
                    " order by declaration_version",
    "tie": "select tie from (select bool_or(is_tie) as tie from raw.declarations where"
           " night_id = %(night)s and constituency_id = 'W07900004') t",
    "raw_refused": "select topic, kafka_partition, kafka_offset, reason, value is not null"
                   " from raw.rejected_messages where night_id = %(night)s",
    "night": "select seats_total, seats_declared, headline from marts.national_summary"
             " where night_id = %(night)s",
    "produced": "select sum(planned), sum(next_offset), sum(acknowledged), sum(position)"
                " from ops.produced where night_id = %(night)s",
}  # fmt: skip


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    prefix, second = town().write(files, "town"), town(second=True).write(files, "town-2nd")
    folder = tmp_path_factory.mktemp("troubled")
    seen = Story()
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    seen.busy = dict(
        zip(("kafka", "postgres", "dashboard"), (s.getsockname()[1] for s in servers), strict=True)
    )
    (folder / "run").mkdir()
    (folder / "run" / "ports.json").write_text(json.dumps(seen.busy))
    night = WholeNight(
        folder, ELECTION=str(prefix), CORRECTIONS=str(second), POLLING_DATE="2017-06-08",
        SCALE="100", SPEED="5400", FAULTS="correction:0", KEEP="1", DBT_CADENCE_S="3600",
    )  # fmt: skip
    try:
        play(night, seen)
    finally:
        night.kill()
        for server in servers:
            server.close()
    return seen


def play(night, seen):
    night.start()
    night.wait_said("starting Apache Kafka")
    seen.end("start", night.interrupt(), night)

    night.start()
    night.wait_clock(NOON)
    seen.end("polls", night.interrupt(), night)
    seen.interrupted = night.summary()

    night.start(RESUME="1", POLLING_DATE="")
    night.wait_clock(AFTERNOON)
    seen.poison = produce_poison(night)
    night.kill_and_wait("generator")
    night.kill_and_wait("postgres")
    night.kill_and_wait("kafka")
    night.wait_clock(MIDNIGHT)
    seen.end("count", night.interrupt(), night)

    night.start(RESUME="1", POLLING_DATE="")
    night.wait_clock(MIDNIGHT)
    night.kill_and_wait("generator")
    night.wait_said("counting once more in full", seconds=END_WITHIN_S)
    seen.end("final", night.interrupt(), night)

    night.start(RESUME="1", POLLING_DATE="")
    night.wait_said("stays up", seconds=END_WITHIN_S)
    seen.summary = night.summary()
    seen.warehouse = {name: night.rows(query) for name, query in WAREHOUSE.items()}
    seen.refused = read_refused(night)
    sent = Sent(acknowledged={place: value for place, (value, _) in seen.poison.items()})
    seen.oracle = ask_oracle(night, sent)
    seen.end("end", night.interrupt(), night)


@pytest.mark.parametrize("act", ["start", "polls", "count", "final"])
def test_ctrl_c_ends_with_130_and_leaves_no_process(story, act):
    assert story.codes[act] == 130, story.said[act]
    assert story.left_over[act] == []
    assert "Traceback" not in story.said[act]


def test_an_interrupted_night_says_so_and_how_to_go_on(story):
    assert story.interrupted["status"] == "interrupted"
    assert story.interrupted["reconciliation"] == "fail"
    assert "RESUME=1 continues this night" in story.said["polls"]


def test_the_night_ends_well(story):
    assert story.summary["failures"] == []
    assert (story.summary["status"], story.summary["reconciliation"]) == ("complete", "pass")
    assert story.codes["end"] == 0
    assert story.left_over["end"] == []
    assert "reconciliation PASS" in story.said["end"]


def test_it_is_one_night(story):
    assert story.interrupted["night_id"] == story.summary["night_id"]
    assert story.summary["election_id"] == "parl.2017-06-08"


def test_the_summary_is_that_of_the_second_file(story):
    parties = story.summary["parties"]
    assert {party: c["votes"] for party, c in parties.items()} == VOTES
    assert {party: c["seats"] for party, c in parties.items() if c["seats"]} == SEATS
    assert story.summary["seats_adjusted"] == 0


def test_the_corrected_seat_has_both_declarations(story):
    assert story.warehouse["declarations"] == [
        (1, "declared", None),
        (2, "corrected", "official figures corrected: votes of 2 candidates"),
    ]


def test_a_tie_is_declared_as_one_and_every_seat_declares(story):
    assert story.warehouse["tie"] == [(True,)]
    total, declared, headline = story.warehouse["night"][0]
    assert (total, declared) == (6, 6)
    assert "of 6" in headline or "majority" in headline.lower()
    assert ", 6 seats  behind: " in story.said["final"]


def test_every_message_is_in_one_class(story):
    assert set(story.summary["topics"]) == set(INPUT_TOPICS)
    for topic, counts in story.summary["topics"].items():
        classes = sum(counts[name] for name in ("accepted", "late", "duplicate", "rejected"))
        assert counts["produced"] == classes > 0, topic


def test_nothing_is_lost_between_two_hops(story):
    rows = story.warehouse["conservation"]
    hops = {"generator", "broker", "raw", "bronze", "spark", "dbt"}
    assert {stage for _, stage, *_ in rows} == hops
    assert [row for row in rows if row[1] != "generator" and row[3] != 0] == []
    # Bronze lands some seconds later, and a killed generator was not told of its last messages.
    assert [row for row in rows if row[1] in ("raw", "spark", "dbt") and row[2] != "complete"] == []
    assert story.warehouse["failed"] == []


def test_everything_planned_is_acknowledged_whoever_was_killed(story):
    planned, produced, acknowledged, position = map(int, story.warehouse["produced"][0])
    assert position == planned <= acknowledged
    assert produced >= acknowledged + len(story.poison)  # a killed run's last were not noted


def test_every_poison_is_refused_for_its_reason(story):
    assert len(story.poison) == len(poison_of("votes")) + len(poison_of("ballots_issued"))
    found = {origin: headers["reason"] for origin, (_, headers) in story.refused.items()}
    wrong = {
        (origin, reason, (value or b"")[:60]): found.get(origin)
        for origin, (value, reason) in story.poison.items()
        if found.get(origin) != reason
    }
    assert wrong == {}


def test_poison_is_kept_where_secrecy_allows_and_as_a_hash_where_not(story):
    for origin, (value, reason) in story.poison.items():
        kept, headers = story.refused[origin]
        if value is None:
            assert kept is None
        elif reason == "secrecy" or (origin[0] == "votes" and reason == "malformed"):
            assert kept is None
            assert headers["sha256"] == sha256(value).hexdigest()
            assert headers["length"] == str(len(value))
        else:
            assert kept == value


def test_raw_refuses_what_no_row_can_hold_and_keeps_as_little(story):
    raw = {row[:3]: row[3:] for row in story.warehouse["raw_refused"]}
    for origin, (value, reason) in story.poison.items():
        if reason in ("malformed", "unknown_version", "secrecy"):
            hidden = reason == "secrecy" or (origin[0] == "votes" and reason == "malformed")
            assert raw[origin] == (reason, not hidden and value is not None), value


def test_the_oracle_finds_no_difference(story):
    assert story.oracle == []


def test_busy_ports_are_passed_over_and_said(story):
    said = "".join(story.said.values())
    for name, port in story.busy.items():
        assert f"port {port} is busy: {name} takes " in said
