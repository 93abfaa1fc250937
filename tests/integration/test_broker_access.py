"""Users and rights on a real broker: each service does its part, and nothing else."""

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from support.scram_broker import scram_broker
from support.spark_session import local_session
from support.waiting import wait_until

from containers.access import SERVICES, BrokerPasswords, grant
from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS, TOPICS
from generators.topics_admin import create_topics, read_topic_ids
from spark.blocks.reduce import TOO_LONG
from spark.broker import Broker
from spark.sinks.rejected_events import RejectedEvents
from spark.sources import kafka_batch
from spark.tally.tally import Rejected

PREFIX = "night-1."
PASSWORDS = {user: f"password of {user}" for user in SERVICES}
REFUSED = "authorization failed|Authorization failed"


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with scram_broker(tmp_path_factory.mktemp("broker")) as started:
        admin = BrokerSettings.model_validate({**started.login(), "TOPIC_PREFIX": PREFIX})
        create_topics(admin)
        given = {f"KAFKA_{user.upper()}_PASSWORD": word for user, word in PASSWORDS.items()}
        for _ in range(2):  # harmless to repeat
            grant(admin, BrokerPasswords.model_validate(given))
        yield started


@pytest.fixture
def settings_of(broker):
    def settings(user, password=None):
        login = broker.login(user, password or PASSWORDS[user])
        return BrokerSettings.model_validate({**login, "TOPIC_PREFIX": PREFIX})

    return settings


def send(settings, topic, *, idempotent=False):
    """Send one message; return the error of its delivery."""
    producer = Producer({**settings.client(), "enable.idempotence": idempotent, "log_level": 0})
    errors = []
    producer.produce(settings.topic(topic), b"{}", on_delivery=lambda e, _: errors.append(e))
    assert producer.flush(30) == 0
    return errors[0]


def read(settings, topic, group):
    """Read a topic's first message as a group that commits."""
    # So long the client keeps a commit of a group that may not be one, and says nothing.
    patience = {"session.timeout.ms": 2000, "heartbeat.interval.ms": 500}
    consumer = Consumer({**settings.client(), "group.id": group, "log_level": 0,
                         "enable.auto.commit": False, **patience})  # fmt: skip
    try:
        parts = range(TOPICS[topic].partitions)
        consumer.assign([TopicPartition(settings.topic(topic), part, 0) for part in parts])
        message = consumer.poll(30)
        assert message is not None, "nothing came"
        if message.error():
            raise KafkaException(message.error())
        wait_until(lambda: has_committed(consumer, message), seconds=180, what="a commit")
        return message.value()
    finally:
        consumer.close()


def has_committed(consumer, message):
    """Commit; a group's broker that is not known yet is asked for again, or says who may not."""
    try:
        consumer.commit(message, asynchronous=False)
    except KafkaException as failure:
        if failure.args[0].code() != KafkaError._WAIT_COORD:
            raise
        told = consumer.poll(1)
        if told is not None and told.error():
            raise KafkaException(told.error()) from None
        return False
    return True


def test_a_wrong_password_is_no_login(settings_of):
    client = settings_of("generator", "another").client()
    admin = AdminClient({**client, "log_level": 0, "socket.timeout.ms": 3000})
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=5)


def test_the_generator_writes_every_input_topic_and_sees_its_id(settings_of):
    settings = settings_of("generator")
    assert {send(settings, topic, idempotent=True) for topic in INPUT_TOPICS} == {None}
    assert set(read_topic_ids(settings_of("generator"))) == set(INPUT_TOPICS)


def test_the_generator_reads_nothing(settings_of):
    with pytest.raises(KafkaException, match=REFUSED):
        read(settings_of("generator"), "votes", "tallyhouse-raw-1")


@pytest.mark.parametrize("user", ["generator", "ingestion", "console"])
def test_nobody_but_spark_writes_results(settings_of, user):
    assert "uthorization failed" in send(settings_of(user), "results").str()


def test_ingestion_reads_what_it_lands_and_commits_as_its_group(settings_of):
    assert send(settings_of("generator"), "declarations") is None
    assert read(settings_of("ingestion"), "declarations", "tallyhouse-raw-n1") == b"{}"
    with pytest.raises(KafkaException, match=REFUSED):
        read(settings_of("ingestion"), "declarations", "of somebody else")


def test_spark_asks_reads_and_writes_in_transactions(settings_of):
    settings = settings_of("spark")
    asked = Broker(settings)
    try:
        assert set(asked.topics()) == set(INPUT_TOPICS)
        assert asked.watermarks(["constituencies"])["constituencies", 0][0] == 0
    finally:
        asked.close()
    producer = Producer({**settings.client(), "transactional.id": settings.topic("spark-count"),
                         "log_level": 0})  # fmt: skip
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(settings.topic("results"), b"row", key=b"key")
    producer.commit_transaction(30)
    assert read(settings, "results", "tallyhouse-spark-reader") == b"row"
    assert "uthorization failed" in send(settings, "votes").str()


def test_the_console_reads_results_and_no_votes(settings_of):
    settings = settings_of("console")
    listed = AdminClient({**settings.client(), "log_level": 0}).list_topics(timeout=10).topics
    assert settings.topic("votes") in listed
    with pytest.raises(KafkaException, match=REFUSED):
        read(settings, "votes", "any")


def test_nobody_makes_topics(settings_of):
    admin = AdminClient({**settings_of("spark").client(), "log_level": 0})
    [future] = admin.create_topics([NewTopic("mine", 1, 1)]).values()
    with pytest.raises(KafkaException, match=REFUSED):
        future.result(30)


def test_sparks_own_kafka_source_logs_in(settings_of, tmp_path):
    assert send(settings_of("generator"), "exit_poll") is None
    settings = settings_of("spark")
    with local_session(tmp_path) as spark:
        found = kafka_batch(spark, settings, {("exit_poll", 0): 0}, {("exit_poll", 0): 1})
        assert found.count() == 1


def test_spark_reads_a_refused_message_once_more_and_keeps_its_bytes(settings_of):
    assert send(settings_of("generator"), "constituencies") is None
    settings = settings_of("spark")
    refused = RejectedEvents(settings)
    try:
        refused.send([Rejected("constituencies", 0, 0, "malformed", TOO_LONG)])
    finally:
        refused.close()
    assert read(settings, "rejected_events", "tallyhouse-spark-reader") == b"{}"
