"""One night as the broker holds it, up to the offsets there were when it was looked at."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession

from election.errors import UserError
from election.settings import BrokerSettings
from spark.broker import Broker
from spark.jobs.night_log import NightLog, Offsets
from spark.sources import kafka_batch


class BrokerNight(NightLog):
    """Reads one night from its topics.

    Raises:
        UserError: the broker does not answer, or has lost the beginning of a topic.
    """

    name = "the broker"

    def __init__(self, spark: SparkSession, settings: BrokerSettings, broker: Broker) -> None:
        self._settings = settings
        marks = broker.watermarks()
        for (topic, partition), (first, _) in marks.items():
            if first:
                raise UserError(
                    "the broker no longer holds the whole night",
                    why=f"topic {topic} partition {partition} begins at offset {first:,}",
                    fix="take bronze, which keeps every message: make rebuild FROM=bronze",
                )
        super().__init__(spark, {p: end for p, (_, end) in marks.items()})

    def read(self, start: Offsets, end: Offsets) -> DataFrame:
        """Return the messages between two sets of offsets, as every source hands them on."""
        return kafka_batch(self._spark, self._settings, start, end)
