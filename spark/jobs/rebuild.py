"""Every table that Spark owns, made anew from the broker or from bronze, compared and swapped.

The ledgers are counted beside the live ones (`count_beside`); the live tables, `results` and gold
are sums over them. What a table has and the sums do not goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from election.settings import BrokerSettings, LakeSettings, NightSettings, PostgresSettings
from spark.broker import Broker, check_topics
from spark.jobs.broker_night import BrokerNight
from spark.jobs.bronze_night import BronzeNight
from spark.jobs.count_beside import CountBeside, Places
from spark.jobs.gold import gold_differences, gold_tables, write_gold
from spark.jobs.paths import LakePaths
from spark.jobs.showing import FROM_THE_START, Sinks
from spark.jobs.starting_point import Source
from spark.session import open_session
from spark.sinks.lease import Lease
from spark.sinks.operations import STAGE, check_idle, known_topics
from spark.sinks.warehouse import Warehouse


@dataclass
class Rebuilt:
    """What a rebuild found, in words: what differed, and what else a person should know."""

    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def run_rebuild(
    night: NightSettings, broker: BrokerSettings, postgres: PostgresSettings, lake: LakeSettings,
    source: Source, *, swap: bool,
) -> Rebuilt:  # fmt: skip
    """Count a night again, compare every table of Spark's, and with `swap` put the new in place.

    Raises:
        UserError: the source does not hold the night, or the count runs.
    """
    warehouse = Warehouse(postgres)
    check_idle(warehouse, night.night_id)  # sinks that move cannot be compared either
    lease = Lease(warehouse, night.night_id, STAGE)
    places = Places(LakePaths(lake.lake_path), night.night_id, epoch=lease.take())
    if swap:
        places.check_swap()
    spark = open_session(lake, f"tallyhouse rebuild {night.night_id}")
    try:
        log = (
            BronzeNight(spark, places.paths, night.night_id)
            if source is Source.BRONZE
            else broker_night(spark, night, broker, warehouse)
        )
        beside = CountBeside(spark, night, places, log, outdated=places.outdated())
        return _rebuild(beside, places, Sinks(spark, night, warehouse, broker, lease), swap=swap)
    finally:
        spark.stop()
        warehouse.close()


def _rebuild(beside: CountBeside, places: Places, sinks: Sinks, *, swap: bool) -> Rebuilt:
    found = Rebuilt(beside.compare())
    found.notes.append(f"{beside.messages:,} messages were counted again")
    if beside.outdated:
        found.notes.append("nothing was compared: the live ledgers are of another schema version")
    else:
        # The sinks are compared as far as they have come, before anything more is counted.
        showing = sinks.beside(places.ledgers(places.fresh_id), beside, beside.newest)
        found.differences += showing.differences
        found.differences += gold_differences(
            places.paths, places.night_id, beside.live.entry, showing.live_rows
        )
    if swap:
        found.notes += _swap(beside, places, sinks)
    else:
        places.clear()
    return found


def _swap(beside: CountBeside, places: Places, sinks: Sinks) -> list[str]:
    """Put ledgers, live tables, `results` and gold in place; a second run mends a broken one."""
    again = beside.messages
    beside.finish()
    check_idle(sinks.warehouse, places.night_id)
    aside = places.swap(datetime.now(UTC))
    sinks.beside(places.ledgers(places.night_id), beside, FROM_THE_START).write_anew()
    _, tables = gold_tables(sinks.night, places.paths)
    write_gold(places.paths, places.night_id, tables)
    more = beside.messages - again
    notes = [f"{more:,} more of the log were counted for the first time"] if more else []
    return [*notes, f"the new ledgers are in place, with every live table, results and gold; "
            f"the old ones are in {aside}"]  # fmt: skip


def broker_night(
    spark: SparkSession, night: NightSettings, settings: BrokerSettings, warehouse: Warehouse
) -> BrokerNight:
    """Return the night as the broker has it, if its topics are those that the night began with.

    Raises:
        UserError: a topic was made anew, or trimmed.
    """
    broker = Broker(settings)
    try:
        check_topics(broker.topics(), known_topics(warehouse, night.night_id))
        return BrokerNight(spark, settings, broker)
    finally:
        broker.close()
