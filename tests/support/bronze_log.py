"""Messages as Spark's sources hand them over, and a lake whose bronze holds a handmade log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from support.events import ELECTION_ID, NIGHT_ID, POLLING_DATE, key_of, make_event
from support.handmade_log import Log, Message

from election.settings import NightSettings
from spark.blocks.rules import NightRules
from spark.jobs.night_log import NightLog, Offsets
from spark.jobs.paths import LakePaths
from spark.schemas import MESSAGE_DDL, topic_number
from spark.sinks.bronze_files import BronzeTable, write_files

RULES = NightRules.of(ELECTION_ID, POLLING_DATE)
NIGHT = NightSettings(NIGHT_ID=NIGHT_ID, ELECTION_ID=ELECTION_ID, POLLING_DATE=POLLING_DATE)
FIRST_SENT = datetime(2026, 11, 23, 23, 45, tzinfo=UTC)
_DDL = (
    "topic_no tinyint, kafka_partition int, kafka_offset bigint, message_key binary, "
    "value binary, refused_as string, kafka_timestamp timestamp"
)

# A message of the topic that is refused for this reason on its own account.
_REFUSED: Mapping[str, Any] = {
    "unknown_version": {"schema_version": 2},
    "before_close": {"sent_at": "2017-06-08T20:59:59.999999Z"},
}


def value_of(message: Message) -> bytes:
    """Return the bytes of a handmade message; of a refused one, bytes that are refused for it."""
    if message.event is not None:
        return json.dumps(message.event).encode()
    if message.reason == "malformed":
        return b'{"schema_version": 1,'
    if message.reason == "secrecy":
        more = {"candidate_id": "E14000530-C01"} if message.topic == "voters" else {"elector_no": 7}
        return json.dumps(make_event(message.topic, **more)).encode()
    assert message.reason is not None
    return json.dumps(make_event(message.topic, **_REFUSED[message.reason])).encode()


def messages(spark: SparkSession, rows: Iterable[tuple[Any, ...]]) -> DataFrame:
    """Return (topic, partition, offset, value) as MESSAGE_DDL; the value is bytes or None."""
    wide = [
        (topic_number(topic), partition, offset, b"key", value, None, FIRST_SENT)
        for topic, partition, offset, value in rows
    ]
    return spark.createDataFrame(wide, _DDL).select(*_names(MESSAGE_DDL))


def log_messages(
    spark: SparkSession, log: Log, among: Iterable[Message] | None = None
) -> DataFrame:
    """Return a log's messages with the broker's timestamps, a second apart by their order."""
    place = {id(m): i for i, m in enumerate(log.messages)}
    wide = [
        (
            topic_number(m.topic), m.partition, m.offset,
            (key_of(m.topic, m.event) if m.event else "key").encode(), value_of(m), None,
            FIRST_SENT + timedelta(seconds=place[id(m)]),
        )
        for m in (log.messages if among is None else among)
    ]  # fmt: skip
    return spark.createDataFrame(wide, _DDL)


class HandmadeNight(NightLog):
    """A handmade log, as the broker would have it."""

    name = "the log"

    def __init__(self, spark: SparkSession, log: Log) -> None:
        super().__init__(spark, {(t, p): len(found) for t, p, found in log.partitions()})
        self._log = log

    def read(self, start: Offsets, end: Offsets) -> DataFrame:
        """Return the messages between two sets of offsets."""
        found = [
            m for m in self._log.messages
            if start.get((m.topic, m.partition), 0) <= m.offset < end.get((m.topic, m.partition), 0)
        ]  # fmt: skip
        return log_messages(self._spark, self._log, found)


def land(
    spark: SparkSession, folder: Path, log: Log, among: Iterable[Message] | None = None
) -> None:
    """Append messages to bronze as the live count's second query does."""
    path = LakePaths(str(folder)).table("bronze", "messages")
    table = BronzeTable(path, NIGHT_ID)
    files = write_files(log_messages(spark, log, among), RULES, path, NIGHT_ID)
    table.commit(files, len(table.held()) + len(log.messages))


def _names(ddl: str) -> list[str]:
    return [part.split()[0] for part in ddl.split(", ")]
