"""Messages taken once more through the count, to show that nothing changes by it.

From the entry that took the first of them on, the broker's messages are judged again, with the
state that the ledgers had before it; every sum and verdict is compared with the ledgers. These stay
as they are: they have the messages already. The sinks are compared with them, and written anew if
somebody spoilt a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from election.settings import BrokerSettings, LakeSettings, NightSettings, PostgresSettings
from spark.broker import Broker
from spark.jobs.count_beside import CountBeside, Places
from spark.jobs.paths import LakePaths
from spark.jobs.rebuild import broker_night
from spark.jobs.showing import Sinks
from spark.jobs.starting_point import Start, entry_before, first_offsets
from spark.session import open_session
from spark.sinks.lease import Lease
from spark.sinks.operations import STAGE, check_idle
from spark.sinks.warehouse import Warehouse


@dataclass(frozen=True)
class Replayed:
    """How many messages were taken again, what the ledgers have wrong, what was mended."""

    messages: int
    wrong: list[str]
    mended: list[str]

    def lines(self) -> list[str]:
        """Return what a person should know."""
        said = [*self.wrong, *(f"mended: {line}" for line in self.mended)]
        again = f"{self.messages:,} messages were judged again"
        if self.wrong:
            return [*said, f"{again}: the ledgers differ; `make rebuild FROM=broker` mends them"]
        sinks = "the sinks were written anew" if self.mended else "the sinks show what they say"
        return [*said, f"{again}: the ledgers have every one of them right, and {sinks}"]


def run_replay(
    night: NightSettings, broker: BrokerSettings, postgres: PostgresSettings, lake: LakeSettings,
    start: Start,
) -> Replayed:  # fmt: skip
    """Take messages again, and mend what the sinks have wrong.

    Raises:
        UserError: the count runs, or the broker no longer has the night.
    """
    warehouse = Warehouse(postgres)
    check_idle(warehouse, night.night_id)
    lease = Lease(warehouse, night.night_id, STAGE)
    places = Places(LakePaths(lake.lake_path), night.night_id, "replayed", lease.take())
    since = _offsets_at(broker, start) if isinstance(start, datetime) else {}
    spark = open_session(lake, f"tallyhouse replay {night.night_id}")
    try:
        log = broker_night(spark, night, broker, warehouse)
        beside = CountBeside(spark, night, places, log)
        sinks = Sinks(spark, night, warehouse, broker, lease)
        return replay(beside, places, sinks, start, since)
    finally:
        places.clear()
        spark.stop()
        warehouse.close()


def replay(
    beside: CountBeside, places: Places, sinks: Sinks, start: Start,
    since: Mapping[tuple[str, int], int],
) -> Replayed:  # fmt: skip
    """Take messages again; mend the sinks only if the ledgers are right."""
    messages, wrong = 0, []
    if first := first_offsets(start, beside.live.totals.next_offset, since):
        after = entry_before(_accounts(places), first)
        wrong = beside.compare(after=after)
        messages = beside.messages
    if wrong:
        return Replayed(messages, wrong, [])
    check_idle(sinks.warehouse, places.night_id)
    showing = sinks.beside(places.ledgers(places.night_id), beside, beside.live.entry)
    if showing.differences:
        showing.write_anew()
    return Replayed(messages, [], showing.differences)


def _accounts(places: Places) -> pl.DataFrame:
    histories = places.histories(places.night_id).values()
    return pl.concat([one.accounts(None) for one in histories], how="diagonal_relaxed")


def _offsets_at(settings: BrokerSettings, moment: datetime) -> dict[tuple[str, int], int]:
    broker = Broker(settings)
    try:
        return broker.offsets_at(moment)
    finally:
        broker.close()
