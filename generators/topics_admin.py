"""Creating a night's topics as code, and reading what the broker says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from election.errors import PassingError, UserError
from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS, TOPICS

_ANSWERS_WITHIN_S = 30.0
_KNOWN_WITHIN_S = 10.0
_POLL_S = 0.1
_NOT_YET_KNOWN = (
    KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION,
)  # fmt: skip
Asked = TypeVar("Asked")


def create_topics(broker: BrokerSettings) -> None:
    """Create every topic of the night that is not there, and check those that are.

    Harmless to repeat.

    Raises:
        UserError: the broker does not answer, or a topic has other partitions or settings.
    """
    client = _client(broker)
    wanted = [
        NewTopic(broker.topic(t.name), num_partitions=t.partitions, config=dict(t.config))
        for t in TOPICS.values()
    ]
    created = client.create_topics(wanted, request_timeout=_ANSWERS_WITHIN_S)
    for name, future in created.items():
        _result(broker, f"create topic {name}", future, KafkaError.TOPIC_ALREADY_EXISTS)
    _check_partitions(broker, client)
    _check_configuration(broker, client)


def read_topic_ids(broker: BrokerSettings) -> dict[str, str]:
    """Return the broker's id of each input topic, by its name without prefix.

    Raises:
        UserError: the broker does not answer, or a topic does not exist.
    """
    described = _describe(broker, _client(broker), INPUT_TOPICS)
    return {name: str(described[name].topic_id) for name in INPUT_TOPICS}


def read_end_offsets(broker: BrokerSettings) -> dict[tuple[str, int], int]:
    """Return the offset after the newest message of each input topic's partitions.

    Raises:
        UserError: the broker does not answer, or a topic does not exist.
    """
    client = _client(broker)
    names = {
        TopicPartition(broker.topic(name), partition): (name, partition)
        for name in INPUT_TOPICS
        for partition in range(TOPICS[name].partitions)
    }
    futures = _until_known(
        lambda: client.list_offsets(
            {asked: OffsetSpec.latest() for asked in names}, request_timeout=_ANSWERS_WITHIN_S
        )
    )
    return {
        names[asked]: int(_result(broker, f"list offsets of {asked.topic}", future).offset)
        for asked, future in futures.items()
    }


def _client(broker: BrokerSettings) -> AdminClient:
    return AdminClient({**broker.client(), "log_level": 2})


def _describe(broker: BrokerSettings, client: AdminClient, topics: Iterable[str]) -> dict[str, Any]:
    names = {broker.topic(name): name for name in topics}
    futures = _until_known(
        lambda: client.describe_topics(
            TopicCollection(list(names)), request_timeout=_ANSWERS_WITHIN_S
        )
    )
    return {
        names[full]: _result(broker, f"describe topic {full}", future)
        for full, future in futures.items()
    }


def _until_known(ask: Callable[[], Mapping[Asked, Future[Any]]]) -> Mapping[Asked, Future[Any]]:
    """Ask again while the broker does not know a topic: one just made, or it just started."""
    deadline = time.monotonic() + _KNOWN_WITHIN_S
    while True:
        answers = ask()
        errors = [future.exception(timeout=_ANSWERS_WITHIN_S + 5) for future in answers.values()]
        is_unknown = any(
            isinstance(error, KafkaException) and error.args[0].code() in _NOT_YET_KNOWN
            for error in errors
        )
        if not is_unknown or time.monotonic() > deadline:
            return answers
        time.sleep(_POLL_S)


def _check_partitions(broker: BrokerSettings, client: AdminClient) -> None:
    for name, description in _describe(broker, client, TOPICS).items():
        found, wanted = len(description.partitions), TOPICS[name].partitions
        if found != wanted:
            raise _other_topic(broker.topic(name), f"{found} partitions, not {wanted}")


def _check_configuration(broker: BrokerSettings, client: AdminClient) -> None:
    resources = {ConfigResource(ResourceType.TOPIC, broker.topic(n)): n for n in TOPICS}
    futures = client.describe_configs(list(resources), request_timeout=_ANSWERS_WITHIN_S)
    for resource, future in futures.items():
        entries: Mapping[str, Any] = _result(broker, f"read settings of {resource.name}", future)
        for setting, wanted in TOPICS[resources[resource]].config.items():
            found = entries[setting].value if setting in entries else None
            if found != wanted:
                raise _other_topic(resource.name, f"{setting} is {found}, not {wanted}")


def _other_topic(name: str, difference: str) -> UserError:
    return UserError(
        f"topic {name} is not the one this night needs",
        why=f"it has {difference}",
        fix="set another TOPIC_PREFIX, or delete the topic",
    )


def _result(broker: BrokerSettings, what: str, future: Future[Any], *harmless: int) -> Any:
    try:
        return future.result(timeout=_ANSWERS_WITHIN_S + 5)
    except KafkaException as error:
        reason = error.args[0]
        if reason.code() in harmless:
            return None
        raise PassingError(
            f"the broker at {broker.bootstrap_servers} did not {what}",
            why=reason.str(),
            fix="see `make ps` and the broker's log",
        ) from None
