"""Who may do what on the broker: one user a service, and what each needs, nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from pydantic import Field, SecretStr

from election.errors import UserError
from election.settings import BrokerSettings, StageSettings
from election.topics import INPUT_TOPICS, TOPICS

_ANSWERS_WITHIN_S = 30.0
_ITERATIONS = 8192  # of SCRAM's hash: passwords here are long and random
_MECHANISMS = {
    "SCRAM-SHA-256": ScramMechanism.SCRAM_SHA_256,
    "SCRAM-SHA-512": ScramMechanism.SCRAM_SHA_512,
}
_CLUSTER = "kafka-cluster"  # the one name that the cluster's own resource has


@dataclass(frozen=True)
class Access:
    """What a service does with a night's topics. Reading or writing one implies describing it."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()  # prefixes of consumer groups that it joins
    sees_all_groups: bool = False
    has_transactions: bool = False


SERVICES: dict[str, Access] = {
    "generator": Access(writes=INPUT_TOPICS),
    "ingestion": Access(reads=INPUT_TOPICS, groups=("tallyhouse-raw-",)),
    "spark": Access(
        reads=(*INPUT_TOPICS, "results", "rejected_events"),
        writes=("results", "rejected_events"),
        groups=("tallyhouse-spark-", "tallyhouse-chain", "spark-kafka-"),
        has_transactions=True,
    ),
    "verdict": Access(describes=INPUT_TOPICS),
    # A page that people look at: what is there and how far it is, and of contents only results,
    # which hold no elector and nothing before close of poll.
    "console": Access(reads=("results",), describes=tuple(TOPICS), sees_all_groups=True),
}


class BrokerPasswords(StageSettings):
    """The password of each service's user; given to the one that makes the users."""

    generator: SecretStr = Field(validation_alias="KAFKA_GENERATOR_PASSWORD")
    ingestion: SecretStr = Field(validation_alias="KAFKA_INGESTION_PASSWORD")
    spark: SecretStr = Field(validation_alias="KAFKA_SPARK_PASSWORD")
    verdict: SecretStr = Field(validation_alias="KAFKA_VERDICT_PASSWORD")
    console: SecretStr = Field(validation_alias="KAFKA_CONSOLE_PASSWORD")


def bindings(broker: BrokerSettings) -> list[AclBinding]:
    """Return the access of every service to a night's topics (pure)."""
    return [
        AclBinding(kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)
        for user, access in SERVICES.items()
        for kind, name, pattern, operation in _needs(access, broker)
    ]


def _needs(
    access: Access, broker: BrokerSettings
) -> Iterator[tuple[ResourceType, str, ResourcePatternType, AclOperation]]:
    exact, prefixed = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
    for topics, operation in (
        (access.reads, AclOperation.READ),
        (access.writes, AclOperation.WRITE),
        (access.describes, AclOperation.DESCRIBE),
    ):
        for topic in topics:
            yield ResourceType.TOPIC, broker.topic(topic), exact, operation
    for prefix in access.groups:
        yield ResourceType.GROUP, prefix, prefixed, AclOperation.READ
    if access.sees_all_groups:
        yield ResourceType.GROUP, "*", exact, AclOperation.DESCRIBE
    if access.writes:
        yield ResourceType.BROKER, _CLUSTER, exact, AclOperation.IDEMPOTENT_WRITE
    if access.has_transactions:
        for operation in (AclOperation.WRITE, AclOperation.DESCRIBE):
            yield ResourceType.TRANSACTIONAL_ID, broker.topic(""), prefixed, operation


def grant(admin: BrokerSettings, passwords: BrokerPasswords) -> None:
    """Make the services' users and let each do its part; harmless to repeat.

    Args:
        admin: The broker with a superuser's login, and the night's topics.
        passwords: One a service.

    Raises:
        UserError: the broker does not answer or refuses.
    """
    client = AdminClient({**admin.client(), "log_level": 2})
    mechanism = ScramCredentialInfo(_MECHANISMS[admin.sasl_mechanism], _ITERATIONS)
    users = client.alter_user_scram_credentials(
        [
            UserScramCredentialUpsertion(
                user, mechanism, getattr(passwords, user).get_secret_value().encode()
            )
            for user in SERVICES
        ],
        request_timeout=_ANSWERS_WITHIN_S,
    )
    for user, future in users.items():
        _wait(admin, f"make the user {user}", future)
    rights = client.create_acls(bindings(admin), request_timeout=_ANSWERS_WITHIN_S)
    for binding, future in rights.items():
        _wait(admin, f"let {binding.principal} use {binding.name}", future)


def _wait(broker: BrokerSettings, what: str, future: Future[Any]) -> None:
    try:
        future.result(timeout=_ANSWERS_WITHIN_S + 5)
    except KafkaException as error:
        raise UserError(
            f"the broker at {broker.bootstrap_servers} did not {what}",
            why=error.args[0].str(),
            fix="see that KAFKA_USERNAME is a superuser of the broker, and read the broker's log",
        ) from None
