from confluent_kafka.admin import AclOperation, ResourceType

from containers.access import SERVICES, bindings
from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS, TOPICS

BROKER = BrokerSettings(KAFKA_BOOTSTRAP_SERVERS="broker:9092", TOPIC_PREFIX="night-1.")


def topics(user, operation):
    return {
        binding.name.removeprefix("night-1.")
        for binding in bindings(BROKER)
        if binding.principal == f"User:{user}"
        and binding.restype == ResourceType.TOPIC
        and binding.operation == operation
    }


def test_each_topic_has_one_kind_of_writer():
    writers = {topic: {user for user in SERVICES if topic in topics(user, AclOperation.WRITE)}
               for topic in TOPICS}  # fmt: skip
    expected = {topic: {"generator" if topic in INPUT_TOPICS else "spark"} for topic in TOPICS}
    assert writers == expected


def test_only_who_counts_reads_what_is_counted():
    readers = {user for user in SERVICES if topics(user, AclOperation.READ) & set(INPUT_TOPICS)}
    assert readers == {"ingestion", "spark"}


def test_rights_are_to_this_nights_topics_alone():
    names = {b.name for b in bindings(BROKER) if b.restype == ResourceType.TOPIC}
    assert names == {f"night-1.{topic}" for topic in TOPICS}
