"""Landing a night: load after load until told to stop, going on after whatever goes wrong."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from dlt.pipeline.exceptions import PipelineStepFailed

from election import crash_points
from election.clock import closes_at
from election.errors import PassingError, first_line
from election.settings import BrokerSettings, NightSettings, PostgresSettings, StorageSettings
from election.stopping import StopRequest
from election.telemetry import get_logger
from election.topics import INPUT_TOPICS
from ingestion.books import Books
from ingestion.broker import BrokerLog, BrokerTroubleError, UnknownTopicError
from ingestion.counts import tables_loaded
from ingestion.decode import Decoder
from ingestion.destination import Pipeline
from ingestion.offsets import Part, check_topic
from ingestion.raw import open_raw
from ingestion.settings import IngestionSettings
from ingestion.source import Reading
from warehouse.operations import FAILED_LOAD, LOAD

POLL_S = 0.2
BEAT_S = 2.0
LOOK_AT_TOPICS_EVERY_S = 10.0
LONGEST_PAUSE_S = 10.0
TOPICS_WITHIN_S = 30.0  # of an answer: a broker that was just started knows none for a while
# A server that dies shows as any of these, wherever in dlt it was met; the next try tells.
PASSING = (BrokerTroubleError, psycopg.OperationalError, PipelineStepFailed)


@dataclass(frozen=True)
class Settings:
    """Everything that landing needs to know."""

    night: NightSettings
    broker: BrokerSettings
    postgres: PostgresSettings
    storage: StorageSettings
    ingestion: IngestionSettings


class Landing:
    """Lands one night; made anew after each failure, from what raw itself says."""

    def __init__(self, settings: Settings) -> None:
        night = settings.night
        self._raw = open_raw(settings.storage, settings.postgres)
        self._own = own = self._raw.pace(settings.ingestion)
        self._books = Books(settings.postgres, night.night_id, self._raw)
        self._log = BrokerLog(settings.broker, group=f"tallyhouse-raw-{night.night_id}")
        self._pipeline = Pipeline(self._raw, night_id=night.night_id, folder=own.folder)
        self._closes_at = closes_at(night.polling_date)
        self._decoders = {
            topic: Decoder(
                topic,
                night_id=night.night_id,
                election_id=night.election_id,
                closes_at=self._closes_at,
            )
            for topic in INPUT_TOPICS
        }
        self._offsets: dict[Part, int] = {}
        self._partitions: dict[str, int] = {}
        self._beat_at = self._looked_at = 0.0
        self._before: tuple[float, int] | None = None  # for arrivals a second

    def close(self) -> None:
        """Leave broker and databases."""
        self._log.close()
        self._books.close()
        self._raw.close()

    def start(self) -> None:
        """Take up where raw is.

        Raises:
            UserError: the broker's topics are not those that the night began with.
        """
        self._books.beat("starting", "reading where raw is")
        self._raw.check()
        found = self._look_at_topics()
        self._books.remember_topics(found)
        self._partitions = {topic: partitions for topic, (_, partitions) in found.items()}
        self._offsets = self._pipeline.start()
        if settled := self._books.settle(self._offsets, datetime.now(UTC)):
            get_logger().info("counted again from raw", partitions=settled)
        self._raw.note_sizes(self._sizes())
        self._books.beat("ready", "waiting for messages")

    def run(self, stopping: StopRequest, *, once: bool, is_well: Callable[[], object]) -> None:
        """Load until told to stop; with `once`, until what the broker holds now is landed.

        Args:
            stopping: Read between two loads.
            once: Stop at the watermarks of this moment.
            is_well: Called when there is nothing to load, and after each load.

        Raises:
            UserError: an offset is missing, or a topic is not the one the night began with.
        """
        ends = self._high() if once else None
        waiting_since = time.monotonic()
        while not stopping():
            high = self._high()
            if time.monotonic() - self._looked_at > LOOK_AT_TOPICS_EVERY_S:
                self._look_at_topics()
            behind = self._behind(ends or high)
            self._beat(self._behind(high), sum(high.values()))
            if not behind:
                is_well()
                if once:
                    break
                waiting_since = time.monotonic()
            waited = time.monotonic() - waiting_since
            if behind and (
                once or behind >= self._own.load_at_once or waited >= self._own.load_after_s
            ):
                self._load(behind)
                is_well()
                waiting_since = time.monotonic()
            else:
                stopping.wait(POLL_S)
        self._books.beat("done", "stopped between two loads")

    def fail(self, error: BaseException) -> None:
        """Write the error where `make status` shows it, if that can be done."""
        try:
            self._books.beat("failed", "stopped by an error", str(error)[:500])
        except psycopg.Error:
            get_logger().warning("the heartbeat could not be written")

    def _load(self, behind: int) -> None:
        started_at = datetime.now(UTC)
        reading = Reading(self._log, self._partitions, self._decoders, self._own.load_at_most)
        try:
            self._offsets = self._pipeline.load(reading)
        except Exception:
            self._count(FAILED_LOAD, reading)
            raise
        crash_points.reached("ingestion.loaded")
        finished_at = datetime.now(UTC)
        self._books.write_load(reading.counts, started_at, finished_at)
        self._count(LOAD, reading)
        self._raw.note_sizes(self._sizes())
        crash_points.reached("ingestion.booked")
        self._log.commit({(c.topic, c.partition): c.end for c in reading.counts})
        landed = sum(count.messages for count in reading.counts)
        seconds = (finished_at - started_at).total_seconds()
        get_logger().info("landed", messages=landed, seconds=round(seconds, 2), behind=behind)
        self._books.beat("running", f"{landed:,} messages landed in {seconds:.1f} s")

    def _look_at_topics(self) -> dict[str, tuple[str, int]]:
        """Return ids and partition counts of the topics, which must be as the night knows them."""
        found = self._log.describe()
        known = self._books.topics()
        for topic, of_topic in found.items():
            check_topic(topic, known.get(topic, of_topic), of_topic)
        self._looked_at = time.monotonic()
        return found

    def _count(self, kind: str, reading: Reading) -> None:
        """Count a load of every table that was to be written, where that has a limit."""
        if self._raw.counts_operations:
            self._books.write_operations(kind, tables_loaded(reading.counts))

    def _sizes(self) -> Counter[str]:
        """Return how many messages of each topic are in raw."""
        sizes: Counter[str] = Counter()
        for (topic, _), offset in self._offsets.items():
            sizes[topic] += offset
        return sizes

    def _high(self) -> dict[Part, int]:
        marks = self._log.watermarks(self._partitions)
        return {part: mark.high for part, mark in marks.items()}

    def _behind(self, ends: Mapping[Part, int]) -> int:
        return sum(max(0, end - self._offsets.get(part, 0)) for part, end in ends.items())

    def _beat(self, behind: int, produced: int) -> None:
        now = time.monotonic()
        if now - self._beat_at < BEAT_S:
            return
        self._beat_at = now
        if self._before:
            then, before = self._before
            self._books.write_lag(behind, (produced - before) / (now - then))
        self._before = now, produced
        self._books.beat("running" if produced else "ready", f"{behind:,} messages behind")


def land(settings: Settings, stopping: StopRequest, *, once: bool = False) -> None:
    """Land the night, connecting anew with growing pauses after what may pass.

    Raises:
        UserError: what does not pass by waiting.
        PassingError: it has not passed for too long.
    """
    failures, good_at = 0, time.monotonic()
    log = get_logger()

    def is_well() -> None:
        nonlocal failures, good_at
        failures, good_at = 0, time.monotonic()

    while not stopping():
        landing: Landing | None = None
        try:
            landing = Landing(settings)
            landing.start()
            landing.run(stopping, once=once, is_well=is_well)
            return
        except PASSING as trouble:
            lasted_s = time.monotonic() - good_at
            if isinstance(trouble, UnknownTopicError) and lasted_s > TOPICS_WITHIN_S:
                raise
            if lasted_s > settings.ingestion.give_up_after_s:
                raise _given_up(lasted_s, trouble) from trouble
            failures += 1
            pause = min(2.0**failures / 2, LONGEST_PAUSE_S) * random.uniform(0.5, 1.0)
            log.warning("trouble", error=str(trouble)[:300], next_try_in_s=round(pause, 1))
            stopping.wait(pause)
        except BaseException as error:
            if landing:
                landing.fail(error)
            raise
        finally:
            if landing:
                landing.close()


def _given_up(lasted_s: float, trouble: Exception) -> PassingError:
    return PassingError(
        f"raw could not be landed for {lasted_s:.0f} s",
        why=first_line(trouble),
        fix="see `make doctor` and `make ps`; ingestion goes on from what raw says",
    )
