"""A night's plan: the same from the same seed, whole under faults, silent about choices."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from support.results_files import small_election

from election.topics import INPUT_TOPICS, event_of
from generators.encode import head
from generators.fault_rates import NO_FAULTS, FaultRates
from generators.lanes import lanes_of
from generators.official import read_contest
from generators.plan import assemble
from generators.scaling import scale

SECRET = b"secret of this test"
MANY = FaultRates(
    duplicate=0.1, second_ballot=0.1, unknown_elector=0.1, wrong_station=0.1, late=0.2,
    reorder=0.3, malformed=0.2, conflict=0.2, correction=1.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def contest(tmp_path_factory):
    prefix = small_election().write(tmp_path_factory.mktemp("files"))
    return scale(read_contest(prefix), 1000)


def messages(plan, start=0):
    """Return every message by topic and partition, from a position on, as sent at one moment."""
    first = head(plan.election_id, datetime(2026, 1, 1, tzinfo=UTC))
    sent = {}
    for lane in lanes_of(plan, SECRET):
        lane.next = min(start, len(lane))
        values = []
        while lane.next < len(lane):
            values += [(m["key"], m["value"]) for m in lane.take(lane.next + 37, first)]
        sent[lane.topic, lane.partition] = values
    return sent


@pytest.mark.parametrize("rates", [NO_FAULTS, MANY], ids=["no faults", "many faults"])
def test_the_same_seed_gives_the_same_bytes(contest, rates):
    one, other = (messages(assemble(contest, seed=7, rates=rates)) for _ in range(2))
    assert one == other
    assert one != messages(assemble(contest, seed=8, rates=rates))


def test_a_restarted_generator_sends_the_rest_with_the_same_numbers(contest):
    whole = messages(assemble(contest, seed=7, rates=MANY))
    rest = messages(assemble(contest, seed=7, rates=MANY), start=11)
    assert {lane: values[11:] for lane, values in whole.items()} == rest


def test_without_faults_no_two_messages_have_the_same_bytes(contest):
    """So that equal bytes in the log are one send that was written twice."""
    values = [v for rows in messages(assemble(contest, seed=7, rates=NO_FAULTS)).values()
              for _, v in rows]  # fmt: skip
    assert len(set(values)) == len(values)


def intact(plan, topic):
    """Return a topic's messages that are as the plan has them, by key and planned time."""
    frame = plan.messages[topic]
    fields = [f.name for f in event_of(topic).own_fields if f.name in frame.columns]
    return frame.filter(pl.col("malformation").is_null()).select(fields)


@pytest.mark.parametrize("topic", [t for t in INPUT_TOPICS if t != "ballot_accounts"])
def test_every_genuine_message_is_delivered_intact_whatever_the_faults(contest, topic):
    genuine = intact(assemble(contest, seed=7, rates=NO_FAULTS), topic)
    sent = set(map(repr, intact(assemble(contest, seed=7, rates=MANY), topic).rows()))
    if topic == "declarations":  # a mistaken version comes first and the genuine one is the last
        genuine, sent = genuine.select("votes"), {
            repr(row) for row in intact(assemble(contest, seed=7, rates=MANY), topic)
            .select("votes").rows()
        }  # fmt: skip
    assert [row for row in map(repr, genuine.rows()) if row not in sent] == []


@pytest.mark.parametrize(
    ("topic", "key"),
    [
        ("votes", ["count_batch_id", "paper_no"]),
        ("ballots_issued", ["polling_station_id", "issue_no"]),
    ],
)
def test_a_conflicting_copy_comes_after_the_genuine_paper_in_its_partition(contest, topic, key):
    frame = assemble(contest, seed=7, rates=MANY).messages[topic].with_row_index("position")
    copies = frame.filter(pl.col("fault").is_in(["conflict", "duplicate"]))
    genuine = frame.filter(
        pl.col("fault").is_null() | pl.col("fault").is_in(["late", "reorder"])
    )  # fmt: skip
    both = copies.join(genuine, on=[*key, "partition"], suffix="_genuine")
    assert both.height == copies.height > 0
    assert (both["position"] > both["position_genuine"]).all()


def test_nothing_that_names_a_choice_is_sent_before_close(contest):
    plan = assemble(contest, seed=7, rates=MANY)
    for topic in INPUT_TOPICS:
        if event_of(topic).names_a_choice:
            assert plan.messages[topic]["release_at"].min() >= plan.closes_at, topic


def test_classes_are_counted_as_the_faults_make_them(contest):
    plan = assemble(contest, seed=7, rates=MANY)
    for topic, counts in plan.expected_counts().items():
        classes = sum(counts[name] for name in ("accepted", "late", "duplicate", "rejected"))
        assert counts["produced"] == classes == plan.messages[topic].height


def test_a_mistaken_declaration_differs_and_is_corrected(tmp_path):
    files = (
        small_election()
        .add("E14900004", "Evenholm", "E12000007",
             [("Con", "Jones", 10_000), ("Lab", "King", 10_000)], result="Con hold")
        .add("E14900005", "Solo", "E12000007", [("Lab", "Moss", 20_000)], result="Lab hold")
    )  # fmt: skip
    contest = scale(read_contest(files.write(tmp_path)), 1000)
    rates = replace(NO_FAULTS, correction=1.0)
    versions = assemble(contest, seed=7, rates=rates).messages["declarations"]
    by_seat = versions.group_by("constituency_id").agg("votes", pl.col("version").max())
    for seat, votes, newest in by_seat.iter_rows():
        assert newest == (1 if seat in ("E14900004", "E14900005") else 2)
        assert len(set(votes)) == newest


def test_the_register_is_sent_before_the_poll_and_papers_through_the_day(contest):
    plan = assemble(contest, seed=7, rates=NO_FAULTS)
    for topic in ("constituencies", "candidates", "voters"):
        assert plan.messages[topic]["sent_at"].max() < plan.opens_at - timedelta(days=10)
    in_person = plan.messages["ballots_issued"].filter(pl.col("method") == "in_person")
    assert in_person["issued_at"].min() >= plan.opens_at
    assert in_person["issued_at"].max() < plan.closes_at


def test_a_declaration_on_the_wire_is_the_contest_s(contest):
    plan = assemble(contest, seed=7, rates=NO_FAULTS)
    sent = [json.loads(value) for _, value in messages(plan)["declarations", 0]]
    counted = {
        row["candidate_id"]: row["vote_count"] for row in contest.candidates.iter_rows(named=True)
    }
    for declaration in sent:
        for row in declaration["votes"]:
            assert counted[row["candidate_id"]] == row["vote_count"]
    assert len(sent) == 3
