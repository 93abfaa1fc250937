"""Ingestion lands every offset once, whatever is killed; what it cannot read it refuses by name."""

import os
import random
import signal
import time
from contextlib import contextmanager

import psycopg
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions
from support.events import make_value
from support.landing_stage import LandingStage, kill, spread, terminate
from support.waiting import wait_until

from election.crash_points import Crash, fired, write_plan
from election.errors import UserError
from embedded.machine import Machine
from embedded.night import lay_out_warehouse
from ingestion.negative_control import spoil
from spark.broker import Broker, check_offsets, check_topics

PARTITIONS = 4
SMALL_LOADS = {"INGESTION_LOAD_AT_MOST": "2000"}


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with Machine(tmp_path_factory.mktemp("machine")) as started:
        with psycopg.connect(started.postgres.dsn(), autocommit=True) as admin:
            lay_out_warehouse(admin)
        yield started


@pytest.fixture
def stage_of(machine, tmp_path):
    def make(name):
        return LandingStage(machine, name, tmp_path).create()

    return make


def papers(count, first=1):
    return [make_value("votes", paper_no=number) for number in range(first, first + count)]


def expect_landed_exactly(stage, sent):
    """Every offset is in raw once, holds what was sent, and the books say the same."""
    kept = stage.rows(
        "select kafka_partition, kafka_offset, paper_no from raw.votes where night_id = %(night)s"
        " union all select kafka_partition, kafka_offset, null from raw.rejected_messages"
        " where night_id = %(night)s and topic = 'votes'"
    )
    by_offset = {(partition, offset): number for partition, offset, number in kept}
    assert len(by_offset) == len(kept) == sum(map(len, sent.values()))
    for (topic, partition), values in sent.items():
        assert topic == "votes"
        for offset, value in enumerate(values):
            number = by_offset[partition, offset]
            assert value == make_value("votes", paper_no=number) or number is None
    books = stage.rows(
        "select kafka_partition, next_offset, messages from ops.landed"
        " where night_id = %(night)s and topic = 'votes' order by 1"
    )
    ends = {partition: len(values) for (_, partition), values in sorted(sent.items())}
    assert books == [(partition, end, end) for partition, end in ends.items()]
    assert batches_cover(stage) == ends


def batches_cover(stage):
    """Return where each partition's batches end, having seen that they join without overlap."""
    ends: dict[int, int] = {}
    for partition, first, end, messages in stage.rows(
        "select kafka_partition, first_offset, next_offset, messages from ops.batches"
        " where night_id = %(night)s and stage = 'ingestion' and topic = 'votes'"
        " order by kafka_partition, first_offset"
    ):
        assert first == ends.get(partition, 0)
        assert messages == end - first
        ends[partition] = end
    return ends


def test_kill_after_kill_every_offset_is_landed_once(stage_of):
    stage = stage_of("kills")
    dice = random.Random(7)
    sent = spread("votes", papers(20_000), PARTITIONS)
    stage.produce(sent)
    for _ in range(3):
        process = stage.start(**SMALL_LOADS)
        try:
            stage.wait_landed(stage.landed() + 2000)
            time.sleep(dice.uniform(0, 1.0))  # into any part of the next load
        finally:
            kill(process)
    before = stage.landed()
    assert 6_000 <= before < 20_000
    assert stage.run_to_end(**SMALL_LOADS)[0] == 0
    expect_landed_exactly(stage, sent)
    assert stage.state() == "done"


def test_a_start_goes_on_from_raw_with_nothing_left_on_disk(stage_of, tmp_path):
    stage = stage_of("again")
    first, second = (spread("votes", papers(400, first), PARTITIONS) for first in (1, 401))
    stage.produce(first)
    assert stage.run_to_end()[0] == 0
    for file in sorted((tmp_path / "ingestion").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    stage.produce(second)
    assert stage.run_to_end()[0] == 0
    loads = stage.rows("select distinct batch from ops.batches where night_id = %(night)s")
    assert len(loads) == 2  # the first load was not read again
    expect_landed_exactly(stage, {part: first[part] + second[part] for part in first})


def test_what_a_kill_kept_out_of_the_books_is_counted_again(stage_of, machine):
    stage = stage_of("books")
    sent = spread("votes", papers(100), PARTITIONS)
    stage.produce(sent)
    assert stage.run_to_end()[0] == 0
    with psycopg.connect(machine.postgres.dsn("loader")) as connection:
        for table in ("ops.landed", "ops.batches"):
            connection.execute(f"delete from {table} where night_id = %s", (stage.night_id,))
    assert stage.run_to_end()[0] == 0
    expect_landed_exactly(stage, sent)


def test_a_running_stage_outlives_its_servers_and_stops_when_asked(stage_of, machine):
    stage = stage_of("servers")
    sent = spread("votes", papers(200), PARTITIONS)
    process = stage.start()
    try:
        wait_until(lambda: stage.state() == "ready", seconds=60, what="the stage is ready")
        stage.produce(sent)
        stage.wait_landed(200)
        for number, server in enumerate(("postgres", "kafka"), 1):
            kill_server(machine, server)
            more = spread("votes", papers(200, 1 + 200 * number), PARTITIONS)
            stage.produce(more)
            sent = {part: sent[part] + more[part] for part in sent}
            stage.wait_landed(200 * (number + 1), seconds=120)
        assert process.poll() is None
        assert terminate(process) == 0
    finally:
        kill(process)
    expect_landed_exactly(stage, sent)
    assert stage.state() == "done"


def kill_server(machine, name):
    def entry():
        return next(one for one in machine.supervisor.entries() if one.name == name)

    before = entry()
    os.kill(before.pid, signal.SIGKILL)
    wait_until(
        lambda: entry().state == "ready" and entry().pid != before.pid,
        seconds=60,
        what=f"{name} is back after kill -9",
    )


def test_poison_is_refused_with_its_reason_and_the_rest_flows(stage_of):
    stage = stage_of("poison")
    elector = make_value("votes", elector_no=3)
    early = make_value("votes", sent_at="2017-06-08T12:00:00Z")
    poison = [
        None, b"", b"not json", b"\xff\xfe", b"[" * 100_000, b"x" * 900_000,
        make_value("votes").replace(b'"paper_no":1', b'"paper_no":NaN'),
        make_value("votes", paper_no="1"), make_value("votes", constituency_id="E1\0"),
        make_value("votes", counted_at="2099-02-30T00:00:00Z"),
    ]  # fmt: skip
    good = papers(500)
    votes = [*good, *poison, make_value("votes", schema_version=9), elector, early]
    random.Random(1).shuffle(votes)
    sent = spread("votes", votes, PARTITIONS)
    stage.produce(
        sent | {("voters", 0): [b"not json"], ("exit_poll", 0): [make_value("exit_poll")]}
    )
    assert stage.run_to_end()[0] == 0
    expect_landed_exactly(stage, sent)
    refused = stage.rows(
        "select topic, reason, value is null, count(*) from raw.rejected_messages"
        " where night_id = %(night)s group by 1, 2, 3 order by 1, 2, 3"
    )
    assert refused == [
        ("voters", "malformed", False, 1),
        ("votes", "before_close", True, 1),
        ("votes", "malformed", True, len(poison)),
        ("votes", "secrecy", True, 1),
        ("votes", "unknown_version", False, 1),
    ]
    assert len(stage.rows("select from raw.exit_poll where night_id = %(night)s")) == 1


@contextmanager
def asked_by_spark(stage):
    """Give the broker as Spark asks it."""
    broker = Broker(stage.broker())
    try:
        yield broker
    finally:
        broker.close()


def test_partitions_that_were_added_are_refused_by_both_counts(stage_of, machine):
    stage = stage_of("wider")
    stage.produce({("exit_poll", 0): [make_value("exit_poll")]})
    assert stage.run_to_end()[0] == 0
    with asked_by_spark(stage) as broker:
        known = broker.topics()
        check_topics(broker.topics(), known)
        admin, name = AdminClient({"bootstrap.servers": machine.bootstrap_servers}), "exit_poll"
        admin.create_partitions([NewPartitions(stage.prefix + name, 2)])[
            stage.prefix + name
        ].result(30)
        wait_until(lambda: broker.topics() != known, seconds=30, what="the topic has two")
        with pytest.raises(UserError, match="topic exit_poll has other partitions") as told:
            check_topics(broker.topics(), known)
    assert "make rebuild FROM=bronze" in told.value.fix
    code, said = stage.run_to_end()
    assert code != 0
    assert "another number of partitions" in said and "Traceback" not in said


def test_a_log_trimmed_beyond_what_was_read_is_refused_by_both_counts(stage_of, machine):
    stage = stage_of("trimmed")
    sent = spread("votes", papers(40), PARTITIONS)
    stage.produce(sent)
    assert stage.run_to_end()[0] == 0
    stage.produce(spread("votes", papers(40, 41), PARTITIONS))
    admin = AdminClient({"bootstrap.servers": machine.bootstrap_servers})
    part = TopicPartition(f"{stage.prefix}votes", 1, 15)
    [deleted] = admin.delete_records([part]).values()
    assert deleted.result(30).low_watermark == 15
    with asked_by_spark(stage) as broker:
        marks = broker.watermarks(["votes"])
    counted = {part: len(values) for part, values in sent.items()}
    with pytest.raises(UserError, match="votes partition 1 is trimmed beyond") as told:
        check_offsets(marks, counted)
    assert "make rebuild FROM=bronze" in told.value.fix
    check_offsets(marks, {**counted, ("votes", 1): 15})
    code, said = stage.run_to_end()
    assert code != 0
    assert "topic votes was trimmed beyond what is landed" in said and "Traceback" not in said


def test_a_log_that_ends_before_what_was_counted_is_refused_by_spark(stage_of):
    stage = stage_of("shorter")
    with asked_by_spark(stage) as broker, pytest.raises(UserError, match="shorter than what"):
        check_offsets(broker.watermarks(["votes"]), {("votes", 2): 1})


def test_the_mark_of_a_strangers_transaction_is_refused_as_a_gap(stage_of, machine):
    stage = stage_of("gap")
    stranger = Producer({
        "bootstrap.servers": machine.bootstrap_servers, "transactional.id": "a stranger",
    })  # fmt: skip
    stranger.init_transactions(30)
    for paper in papers(2):
        stranger.begin_transaction()
        stranger.produce(f"{stage.prefix}votes", paper, partition=0)
        stranger.commit_transaction(30)
    code, said = stage.run_to_end()
    assert code != 0
    assert "topic votes skips offsets" in said and "Traceback" not in said


def test_a_topic_made_again_is_refused_by_name(stage_of, machine):
    stage = stage_of("replaced")
    stage.produce({("exit_poll", 0): [make_value("exit_poll")]})
    assert stage.run_to_end()[0] == 0
    with asked_by_spark(stage) as broker:
        known = broker.topics()
    admin = AdminClient({"bootstrap.servers": machine.bootstrap_servers})
    admin.delete_topics([f"{stage.prefix}exit_poll"])[f"{stage.prefix}exit_poll"].result(30)
    wait_until(
        lambda: f"{stage.prefix}exit_poll" not in admin.list_topics(timeout=10).topics,
        seconds=30,
        what="the topic is gone",
    )
    stage.create()
    with asked_by_spark(stage) as broker, pytest.raises(UserError, match="was created anew"):
        check_topics(broker.topics(), known)
    code, said = stage.run_to_end()
    assert code == 2
    assert "topic exit_poll is not the one this night began with" in said
    assert "Traceback" not in said


def test_the_negative_control_spoils_what_it_is_asked_to(stage_of, machine):
    stage = stage_of("spoilt")
    nominations = [
        make_value("candidates", candidate_id=f"E14000530-C0{number}", ballot_order=number)
        for number in (1, 2)
    ]
    sent = spread("votes", papers(40), PARTITIONS)
    stage.produce(sent | {("candidates", 0): nominations})
    assert stage.run_to_end()[0] == 0
    code, said = stage.run_to_end("negative-control", FAULTS="lose:3,alter:2", SEED="4")
    assert code == 0
    assert (said.count("lost: a paper of seat"), said.count("altered: a paper of seat")) == (3, 2)
    left = stage.rows(
        "select candidate_id, count(*) from raw.votes where night_id = %(night)s"
        " group by 1 order by 1"
    )
    assert left == [("E14000530-C01", 35), ("E14000530-C02", 2)]
    with (
        psycopg.connect(machine.postgres.dsn("loader")) as connection,
        pytest.raises(UserError, match="wants 99 papers, raw has 37"),
    ):
        spoil(connection, stage.night_id, lose=99, alter=0, seed=4)


@pytest.mark.parametrize("point", ["ingestion.extracted", "ingestion.normalised"])
def test_a_package_that_a_kill_left_damaged_is_read_from_the_broker_again(stage_of, point):
    stage = stage_of(f"damaged-{point.rpartition('.')[2]}")
    sent = spread("votes", papers(5000), PARTITIONS)
    stage.produce(sent)
    plan = stage.folder / "plan"
    write_plan(plan, [Crash(point, 2)])
    stage.run_to_end("once", CRASH_PLAN=str(plan), **SMALL_LOADS)
    assert fired(plan)
    damaged = list((stage.folder / "ingestion").rglob("*.parquet"))
    assert damaged
    for path in damaged:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    code, said = stage.run_to_end("once", **SMALL_LOADS)
    assert code == 0, said
    expect_landed_exactly(stage, sent)
