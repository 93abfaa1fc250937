"""The live count as a process: from the topics to the ledgers and everything that shows them."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from election import crash_points
from election.errors import PassingError, UserError, first_line
from election.settings import BrokerSettings, LakeSettings, NightSettings, PostgresSettings
from election.tables import OPS
from election.telemetry import get_logger
from spark.blocks.rules import NightRules
from spark.broker import Broker, check_offsets, check_topics
from spark.fencing import FencedError
from spark.jobs.bronze import Bronze, BronzeLoop
from spark.jobs.checkpoints import fresh_checkpoint
from spark.jobs.counting import Count, LiveCount
from spark.jobs.dimensions import wait_for_dimensions
from spark.jobs.paths import LakePaths
from spark.jobs.stopping import Stopping
from spark.jobs.warm_up import warm_up
from spark.session import open_session
from spark.settings import CountSettings
from spark.sinks.chain_store import ChainStore
from spark.sinks.kafka_topics import Topics
from spark.sinks.lake_lease import LakeLease, open_lake_lease
from spark.sinks.landings import Landings
from spark.sinks.lease import Lease
from spark.sinks.open_projection import open_projection
from spark.sinks.operations import STAGE, Heartbeat, known_topics
from spark.sinks.projection import NightColumns
from spark.sinks.rejected_events import RejectedEvents
from spark.sinks.warehouse import Warehouse, upsert
from spark.sources import kafka_stream, messages_of, start_of
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, TURNOUT
from spark.transforms.judging import Judging

STOP_POLL_S = 0.2
RENEW_EVERY_S = 2.0
LOOK_AT_TOPICS_EVERY_S = 10.0
AGAIN_AFTER_S = 1.0  # an older driver's last writing overtakes only a few times


class LiveJob:
    """Counts one night until it is asked to stop, or fails."""

    def __init__(
        self, night: NightSettings, broker: BrokerSettings, postgres: PostgresSettings,
        lake: LakeSettings, settings: CountSettings,
    ) -> None:  # fmt: skip
        self._night, self._broker, self._lake, self._settings = night, broker, lake, settings
        self._postgres = postgres
        self._rules = NightRules.of(night.election_id, night.polling_date)
        self._paths = LakePaths(lake.lake_path)
        self._stop = threading.Event()
        self._in_batch = threading.Lock()
        self._live: LiveCount | None = None
        self._lease: Lease | None = None
        self._lake_lease: LakeLease | None = None
        self._failure: BaseException | None = None
        self._bronze: BronzeLoop | None = None
        self._heartbeat = Heartbeat(Warehouse(postgres), broker, night.night_id, self._next_offsets)

    def stop(self) -> None:
        """Ask for an end at the next batch boundary."""
        self._stop.set()

    def run(self) -> None:
        """Count until stopped.

        Raises:
            UserError: what happened, why and what to do; the ledgers stay good.
        """
        self._heartbeat.start()
        try:
            self._heartbeat.say("starting", "starting Spark")
            self._run()
        except BaseException as error:
            if not self._stop.is_set() or isinstance(error, UserError):
                with suppress(UserError):  # what ended it is what is to be told
                    self._heartbeat.say("failed", "stopped by an error", error=str(error)[:500])
                raise
        finally:
            self._heartbeat.stop()

    def _run(self) -> None:
        spark = open_session(self._lake, f"tallyhouse {self._night.night_id}")
        spark.sparkContext.setLogLevel("ERROR")
        self._heartbeat.say("starting", "warming up")
        warm_up(spark, self._rules)
        try:
            self._count_as_the_newest(spark)
        except Stopping:
            get_logger().info("asked to stop before counting began")
        finally:
            spark.stop()
        self._heartbeat.say("done", "stopped at a batch boundary")

    def _count_as_the_newest(self, spark: SparkSession) -> None:
        """Count; what an older driver was still writing when it was overtaken is counted on from.

        Raises:
            FencedError: a newer driver has taken the night over.
        """
        while True:
            try:
                return self._count(spark)
            except FencedError as error:
                assert self._lease is not None
                self._lease.renew()  # raises where a newer one has it
                if self._lake_lease is not None:
                    self._lake_lease.renew()
                get_logger().warning("starting from the ledgers again", why=error.why)
                with self._in_batch:
                    for query in spark.streams.active:
                        query.stop()
                if self._bronze is not None:
                    self._bronze.stop()
                self._failure, self._bronze = None, None
                self._stop.wait(AGAIN_AFTER_S)
            except (UserError, Stopping):
                raise
            except Exception:
                self._say_if_overtaken()
                raise

    def _say_if_overtaken(self) -> None:
        """A newer driver deletes what an older one works with: that error has a name.

        Raises:
            FencedError: a newer driver has taken the night over.
        """
        if self._lease is not None:
            with suppress(PassingError):  # what ended the count is what is to be told
                self._lease.beside(Warehouse(self._postgres)).check()

    def _count(self, spark: SparkSession) -> None:
        warehouse = Warehouse(self._postgres)
        broker = Broker(self._broker)
        self._check_topics(broker, warehouse)
        self._heartbeat.say("ready", "waiting for the register and the nominations")
        dimensions, counts = wait_for_dimensions(
            spark, self._broker, self._rules,
            deadline_s=self._settings.dimensions_within_s, is_stopping=self._stop.is_set,
        )  # fmt: skip
        self._lease = Lease(warehouse, self._night.night_id, STAGE)
        epoch = self._lease.take()
        self._lake_lease = open_lake_lease(self._lake.lake_path, self._night.night_id)
        lake_epoch = None if self._lake_lease is None else self._lake_lease.take()
        crash_points.reached("spark.leased")
        # They fence an older driver's as the lease fences its rows.
        topics, refused = Topics(self._broker), RejectedEvents(self._broker)
        ledgers = {
            name: Ledger(
                self._paths.ledger(self._night.night_id, name), name, self._night.night_id,
                epoch=epoch, lake_epoch=lake_epoch,
                entries_in_segment=self._settings.entries_in_segment,
            )
            for name in (TURNOUT, COUNT)
        }  # fmt: skip
        judging = Judging.of(spark, dimensions, self._rules)
        count = Count(ledgers, judging, dimensions, counts)
        check_offsets(broker.watermarks(), count.totals.next_offset)
        broker.close()
        night = NightColumns(
            self._night.night_id, self._night.election_id, self._night.polling_date
        )
        showing = warehouse.beside()
        projection = open_projection(showing, night, self._lease.beside(showing))
        live = LiveCount(spark, count, projection, topics, refused.send)
        self._live = live
        caught_up = live.catch_up(ledgers)
        get_logger().info("counting", entry=count.entry, sinks_written_anew=caught_up,
                          epoch=epoch)  # fmt: skip
        projection.start()
        try:
            self._stream(spark, live)
        finally:
            live.close()
            refused.close()
            for one in ledgers.values():
                one.close()
        projection.close()

    def _stream(self, spark: SparkSession, live: LiveCount) -> None:
        assert self._lease is not None
        checkpoint = fresh_checkpoint(
            self._paths, self._night.night_id, "live", epoch=self._lease.epoch
        )
        start = start_of() | live.count.totals.next_offset
        stream = kafka_stream(
            spark, self._broker, start, most_per_batch=self._settings.most_per_batch
        )
        query = (
            stream.writeStream.queryName("live")
            .foreachBatch(self._batch)
            .option("checkpointLocation", checkpoint)
            .trigger(processingTime=self._settings.trigger)
            .start()
        )
        if self._settings.bronze:
            # Its thread has connections of its own.
            chain = ChainStore(
                Warehouse(self._postgres), self._night.night_id, Topics(self._broker, "bronze")
            )
            landings = Landings(Warehouse(self._postgres), self._night.night_id)
            bronze = Bronze(
                spark, self._broker, self._rules, self._paths, self._night.night_id, chain,
                landings, epoch=self._lease.epoch,
            )  # fmt: skip
            self._bronze = BronzeLoop(bronze, every_s=self._settings.bronze_every_s)
            self._bronze.start()
        self._heartbeat.say("running", "counting")
        self._wait(query, live)

    def _wait(self, query: StreamingQuery, live: LiveCount) -> None:
        assert self._lease is not None
        # A connection of its own: the batch's thread may be in the middle of a transaction.
        beside = Warehouse(self._postgres)
        lease, renewed_at = self._lease.beside(beside), time.monotonic()
        with closing(Broker(self._broker)) as broker:
            looked_at = time.monotonic()
            while not self._stop.is_set() and query.isActive and self._failure is None:
                self._stop.wait(STOP_POLL_S)
                if time.monotonic() - renewed_at > RENEW_EVERY_S:
                    lease.renew()
                    if self._lake_lease is not None:
                        self._lake_lease.renew()
                    renewed_at = time.monotonic()
                if time.monotonic() - looked_at > LOOK_AT_TOPICS_EVERY_S:
                    with suppress(PassingError):  # who reads and writes will tell, if it lasts
                        self._check_topics(broker, beside)
                    looked_at = time.monotonic()
                live.raise_if_failed()
                if self._bronze is not None:
                    self._bronze.raise_if_failed()
        # Held from here on: a batch that would begin now sees it and does not.
        with self._in_batch:
            if self._failure is not None:
                raise self._failure
            live.settle()
            if self._bronze is not None:
                self._bronze.stop()
            if not self._stop.is_set():
                self._say_if_overtaken()
                raise _ended(query)
            query.stop()

    def _batch(self, messages: DataFrame, _batch_id: int) -> None:
        if not self._in_batch.acquire(blocking=False):
            raise Stopping
        try:
            if self._stop.is_set() or self._failure is not None:
                raise Stopping
            assert self._live is not None and self._lease is not None
            self._lease.check()
            if self._lake_lease is not None:
                self._lake_lease.renew_for_batch()
            counted = self._live.take(messages_of(messages))
            self._heartbeat.describe(
                f"entry {self._live.count.entry}: {counted:,} messages in "
                f"{sum(self._live.timings.values()):.2f} s"
            )
            get_logger().debug("batch", messages=counted, **self._live.timings)
        except Stopping:
            raise
        except FencedError as error:
            # Not raised here: Spark would log a trace of what is no fault. The checkpoint may
            # take this batch for done, as where to go on is in the ledgers.
            self._failure = error
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._in_batch.release()

    def _next_offsets(self) -> dict[tuple[str, int], int]:
        return dict(self._live.count.totals.next_offset) if self._live else {}

    def _check_topics(self, broker: Broker, warehouse: Warehouse) -> None:
        found = broker.topics()
        known = known_topics(warehouse, self._night.night_id)
        check_topics(found, known)
        if not known:
            first = [
                {"night_id": self._night.night_id, "topic": topic, "topic_id": topic_id,
                 "partitions": partitions}
                for topic, (topic_id, partitions) in found.items()
            ]  # fmt: skip
            warehouse.transact(lambda cursor: upsert(cursor, OPS["topic_ids"], first))


def _ended(query: StreamingQuery) -> UserError:
    error = query.exception()
    text = str(error) if isinstance(error, StreamingQueryException) else ""
    why = first_line(error) if isinstance(error, StreamingQueryException) else "it ended"
    if "data may have been lost" in text or "OffsetOutOfRange" in text:
        return UserError(
            "the live query lost messages of the broker", why=why,
            fix="rebuild this night from bronze: make rebuild FROM=bronze",
        )  # fmt: skip
    return PassingError(
        "the live query stopped", why=why, fix="start the stage again: it goes on from the ledgers"
    )
