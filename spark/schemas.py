"""Schemas Spark needs, derived from `election.events`."""

from __future__ import annotations

from election.events import Event, Field, Kind
from election.topics import INPUT_TOPICS

# What every source (Kafka, bronze) hands to the transforms: one row a message. `refused_as` is
# the reason bronze recorded when it kept only a hash of the bytes.
MESSAGE_DDL = (
    "topic_no tinyint, kafka_partition int, kafka_offset bigint, "
    "message_key string, text string, refused_as string"
)

# Filled by from_json when anything in the object is not of the declared type.
CORRUPT = "_corrupt"

_TYPES = {
    Kind.STRING: "string",
    Kind.TIMESTAMP: "string",  # checked by shape: Spark's own parser is lenient
    Kind.INT: "bigint",
    Kind.FLOAT: "double",
    Kind.BOOL: "boolean",
}


def topic_number(topic: str) -> int:
    """Return a topic's number in rows that Spark groups: its place in INPUT_TOPICS."""
    return INPUT_TOPICS.index(topic)


def is_free_text(field: Field) -> bool:
    """Say whether any string will do: only the JSON type tells it from a number."""
    return field.kind is Kind.STRING and not field.values and not field.pattern


def event_ddl(event: Event) -> str:
    """Return the DDL that from_json decodes a message of this event with.

    Free text is read as a variant, which keeps the JSON type; fields that secrecy forbids come
    along as strings, whatever they hold.
    """
    own = {field.name for field in event.fields}
    secret = [f"{name} string" for name in sorted(event.forbidden_fields - own)]
    return ", ".join([f"{CORRUPT} string", *(_column(f) for f in event.fields), *secret])


def _column(field: Field) -> str:
    return f"{field.name} {_type(field)}"


def _type(field: Field) -> str:
    if field.kind is Kind.LIST:
        inner = ", ".join(f"{f.name}: {_type(f)}" for f in field.fields)
        return f"array<struct<{inner}>>"
    return "variant" if is_free_text(field) else _TYPES[field.kind]
