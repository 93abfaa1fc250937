"""The machine in a box: real broker and PostgreSQL, killed and started again."""

import os
import signal
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from support.waiting import wait_until

from embedded.class_archive import broker_archive
from embedded.machine import Machine
from embedded.processes import descendants

RESUME_SECONDS = 60


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with Machine(tmp_path_factory.mktemp("machine")) as started:
        yield started


def entry(machine, name):
    return next(one for one in machine.supervisor.entries() if one.name == name)


def kill_and_wait(machine, name):
    before = entry(machine, name)
    os.kill(before.pid, signal.SIGKILL)

    def is_back():
        now = entry(machine, name)
        return now.state == "ready" and now.pid != before.pid

    wait_until(is_back, seconds=RESUME_SECONDS, what=f"{name} is back after kill -9")
    assert entry(machine, name).restarts > before.restarts


def make_topic(machine, name):
    admin = AdminClient({"bootstrap.servers": machine.bootstrap_servers})
    for future in admin.create_topics([NewTopic(name, 1, 1)]).values():
        future.result(30)


def produce(producer, topic, values):
    failed = []
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: error and failed.append(error))
    assert producer.flush(RESUME_SECONDS) == 0
    assert not failed


def read_values(machine, topic, count):
    settings = {"bootstrap.servers": machine.bootstrap_servers, "group.id": "none"}
    consumer = Consumer(settings)
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: list[bytes] = []

    def read():
        values.extend(message.value() for message in consumer.consume(count, 0.5))
        return len(values) >= count

    wait_until(read, seconds=30, what=f"{count} messages are read")
    consumer.close()
    return values


def test_the_broker_starts_from_the_archive_of_its_classes(machine):
    archive = broker_archive(machine.paths, machine.java)
    if not archive.is_file():
        pytest.skip("this Java made no archive of classes: it has none of its own to stand upon")
    assert str(archive) in Path(f"/proc/{entry(machine, 'kafka').pid}/maps").read_text()


def test_a_killed_broker_keeps_what_it_acknowledged_and_clients_resume(machine):
    make_topic(machine, "kept")
    producer = Producer({"bootstrap.servers": machine.bootstrap_servers, "acks": "all"})
    produce(producer, "kept", [b"%d" % n for n in range(1000)])
    kill_and_wait(machine, "kafka")
    produce(producer, "kept", [b"after"])
    assert read_values(machine, "kept", 1001) == [*(b"%d" % n for n in range(1000)), b"after"]


def test_a_killed_postgresql_keeps_what_it_committed(machine):
    with psycopg.connect(machine.postgres.dsn()) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept select generate_series(1, 1000)")
    kill_and_wait(machine, "postgres")
    with psycopg.connect(machine.postgres.dsn()) as connection:
        assert connection.execute("select count(*), sum(n) from kept").fetchone() == (1000, 500500)


def test_topics_are_never_created_by_accident(machine):
    producer = Producer(
        {"bootstrap.servers": machine.bootstrap_servers, "topic.metadata.propagation.max.ms": 500}
    )
    errors = []
    producer.produce("typo", b"x", on_delivery=lambda error, _: errors.append(error))
    producer.flush(10)
    assert errors and errors[0] is not None
    admin = AdminClient({"bootstrap.servers": machine.bootstrap_servers})
    assert "typo" not in admin.list_topics(timeout=10).topics


def test_each_role_logs_in_with_its_own_password_alone(machine):
    for role in ("app", "loader", "transform", "reader"):
        with psycopg.connect(machine.postgres.dsn(role)) as connection:
            assert connection.execute("select current_user").fetchone() == (role,)
    borrowed = machine.postgres.dsn("loader").replace("loader:", "app:", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(borrowed)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(machine.postgres.dsn().replace("app:", "owner:", 1))


def test_passwords_are_kept_as_scram_and_in_no_log(machine):
    with psycopg.connect(machine.postgres.dsn()) as connection:
        stored = connection.execute(
            "select rolpassword from pg_authid where rolcanlogin"
        ).fetchall()
    assert len(stored) == 4
    assert all(password.startswith("SCRAM-SHA-256$") for (password,) in stored)
    secrets = vars(machine.postgres.passwords).values()
    logs = "".join(log.read_text() for log in machine.paths.logs.glob("*.log"))
    assert "PostgreSQL" in logs
    assert not any(secret in logs for secret in secrets)


def test_the_reader_cannot_write_and_cannot_run_for_ever(machine):
    with psycopg.connect(machine.postgres.dsn("reader")) as connection:
        show = "select current_setting('statement_timeout'), current_setting('fsync')"
        assert connection.execute(show).fetchone() == ("10s", "on")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("create table public.nope (n int)")


def test_servers_listen_on_the_loopback_address_alone(machine):
    import psutil

    for name in ("kafka", "postgres"):
        sockets = psutil.Process(entry(machine, name).pid).net_connections("tcp")
        listening = [one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN]
        assert listening
        assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_a_second_start_in_the_folder_keeps_ports_and_data_and_leaves_nothing(tmp_path):
    others = {one.pid for one in descendants(os.getpid())}
    with Machine(tmp_path) as first:
        make_topic(first, "kept")
        addresses = (first.bootstrap_servers, first.postgres.port)
        with psycopg.connect(first.postgres.dsn()) as connection:
            connection.execute("create table kept (n int)")
        family = [one for one in descendants(os.getpid()) if one.pid not in others]
        assert len(family) > 3  # the broker, PostgreSQL with its workers, the watchdog
        left_by_the_killed = Path(first.environment()["TMPDIR"]) / "left"
        left_by_the_killed.write_text("unpacked")
    assert not any(one.is_alive() for one in family)
    assert not left_by_the_killed.parent.exists()
    with Machine(tmp_path) as second:
        assert (second.bootstrap_servers, second.postgres.port) == addresses
        admin = AdminClient({"bootstrap.servers": second.bootstrap_servers})
        assert "kept" in admin.list_topics(timeout=10).topics
        with psycopg.connect(second.postgres.dsn()) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_a_stopped_broker_refuses_and_comes_back_when_revived(machine):
    machine.supervisor.retire("kafka")
    admin = AdminClient({"bootstrap.servers": machine.bootstrap_servers, "log_level": 0})
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=2)
    machine.supervisor.revive("kafka")
    machine.supervisor.wait_ready("kafka")
    assert admin.list_topics(timeout=20).brokers
