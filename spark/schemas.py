"""What a source hands to the transforms."""

from __future__ import annotations

from election.topics import INPUT_TOPICS

Place = tuple[str, int, int]
"""(topic, partition, offset) of a message."""

# What every source (Kafka, bronze) hands to the transforms: one row a message. `refused_as` is
# the reason bronze recorded when it kept only a hash of the bytes.
MESSAGE_DDL = (
    "topic_no tinyint, kafka_partition int, kafka_offset bigint, "
    "message_key binary, value binary, refused_as string"
)


def topic_number(topic: str) -> int:
    """Return a topic's number in rows that Spark groups: its place in INPUT_TOPICS."""
    return INPUT_TOPICS.index(topic)
