"""One batch after the other: reduce, judge, append to the ledgers, project."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import polars as pl
from pyspark.sql import DataFrame, SparkSession

from election import crash_points
from election.errors import UserError
from election.telemetry import get_logger
from election.topics import INPUT_TOPICS
from spark.beside import Beside
from spark.blocks.dimensions import Dimensions
from spark.schemas import topic_number
from spark.sinks.kafka_topics import KeyedMessage, Topics, results_of
from spark.sinks.projection import RESULTS, Entry, Projection
from spark.tally import rows as ledger
from spark.tally.fold import Changed, Totals
from spark.tally.ledger import Ledger
from spark.tally.live_tables import fact_rows, live_rows, tallied_rows
from spark.tally.rows import COUNT, TURNOUT, Increment
from spark.tally.tally import Claims, Rejected, Tally
from spark.transforms.judging import Batch, Judging

SNAPSHOT_EVERY_S = 600.0
SendRejected = Callable[[Sequence[Rejected]], None]


@dataclass(frozen=True)
class State:
    """What ledgers add up to: the numbers claimed, the totals, and what loading them changed."""

    claims: Claims
    totals: Totals
    loaded: Changed

    @classmethod
    def load(cls, ledgers: Mapping[str, Ledger], dimensions: Dimensions) -> State:
        """Read ledgers."""
        loaded = Increment(ledgers[TURNOUT].load(), ledgers[COUNT].load())
        claims, totals = Claims(), Totals(dimensions)
        claims.restore(loaded)
        return cls(claims, totals, totals.add(loaded, claims.numbers))


class Count:
    """Takes batches of messages into the ledgers; state in memory follows them.

    After any exception the state may be ahead of the ledgers: end the process, or make a new one.
    """

    def __init__(
        self, ledgers: Mapping[str, Ledger], judging: Judging, dimensions: Dimensions,
        dimension_counts: dict[str, int],
    ) -> None:  # fmt: skip
        self._ledgers = ledgers
        self._judging = judging
        state = State.load(ledgers, dimensions)
        self.claims, self.totals, self.loaded = state.claims, state.totals, state.loaded
        self._tally = Tally(self.claims, dimension_counts)
        self._last_snapshot = time.monotonic()
        self.timings: dict[str, float] = {}
        self.entry = max(one.entry for one in ledgers.values())

    def judged(self, messages: DataFrame) -> Batch:
        """Judge those messages that the ledgers lack."""
        batch = self._judging.take(messages)
        low = self._below_the_ledger(batch.reduced)
        if low:
            for (topic, partition), next_offset in low.items():
                messages = messages.where(
                    f"not (topic_no = {topic_number(topic)} and kafka_partition = {partition} "
                    f"and kafka_offset < {next_offset})"
                )
            batch = self._judging.take(messages)
        self._check_order(batch.reduced)
        return batch

    def take(
        self, messages: DataFrame, send_rejected: SendRejected | None = None,
        *, as_of: datetime | None = None,
    ) -> tuple[Increment, Changed] | None:  # fmt: skip
        """Take a batch into the ledgers; return what it added, None if there was nothing new.

        Args:
            messages: Rows of MESSAGE_DDL, each offset that is missing in the ledgers once.
            send_rejected: Called before the ledgers are written, so that none is missed.
            as_of: When the batch was there to be counted; None for now.
        """
        clock = [time.perf_counter()]
        judged = self.judged(messages)
        if not len(judged.reduced):
            return None
        clock.append(time.perf_counter())
        crash_points.reached("spark.reduced")
        batch = self._tally.take(judged.reduced, judged.holding)
        clock.append(time.perf_counter())
        if batch.rejected and send_rejected:
            send_rejected(batch.rejected)
            crash_points.reached("spark.rejected_sent")
        self.entry += 1
        as_of = as_of or datetime.now(UTC)
        for name, one in self._ledgers.items():
            rows = batch.increment.of(name)
            if len(rows):
                one.append(rows, self.entry, as_of)
                crash_points.reached("spark.between_ledgers")
        crash_points.reached("spark.appended")
        changed = self.totals.add(batch.increment, self.claims.numbers)
        clock.append(time.perf_counter())
        steps = ("reduce", "judge", "append")
        self.timings = {s: clock[i + 1] - clock[i] for i, s in enumerate(steps)}
        return batch.increment, changed

    def snapshot_if_due(self, *, now: float) -> None:
        """Start new ledger segments when the present ones are long or old."""
        is_old = now - self._last_snapshot > SNAPSHOT_EVERY_S
        for one in self._ledgers.values():
            if one.wants_snapshot() or (is_old and one.has_tail()):
                one.snapshot(datetime.now(UTC))
        if is_old:
            self._last_snapshot = now

    def settle(self) -> None:
        """Return when the ledgers have all that is made beside the count.

        Raises:
            UserError: it could not be made.
        """
        for one in self._ledgers.values():
            one.settle()

    def _below_the_ledger(self, rows: pl.DataFrame) -> dict[tuple[str, int], int]:
        firsts = _offsets(rows)
        known = self.totals.next_offset
        return {p: known[p] for p, (first, _) in firsts.items() if first < known.get(p, 0)}

    def _check_order(self, rows: pl.DataFrame) -> None:
        for (topic, partition), (first, _) in _offsets(rows).items():
            expected = self.totals.next_offset.get((topic, partition), 0)
            if first != expected:
                raise UserError(
                    f"messages of topic {topic} partition {partition} were skipped",
                    why=f"the next to count is offset {expected}, the batch begins at {first}",
                    fix="start the stage again; if it stays, rebuild: make rebuild FROM=broker",
                )


class LiveCount:
    """The count with its projections: PostgreSQL, `results`, `rejected_events`.

    What a batch changed is shown beside the next one: its tasks leave the driver idle.

    Args:
        spark: The session.
        count: Takes the batches.
        projection: Into PostgreSQL, on a connection that nobody else uses.
        topics: The topic `results`; has one transaction at a time.
        send_rejected: Called before a batch is in the ledgers; None where none is taken.
    """

    def __init__(
        self, spark: SparkSession, count: Count, projection: Projection, topics: Topics,
        send_rejected: SendRejected | None,
    ) -> None:  # fmt: skip
        self._spark = spark
        self.count = count
        self._projection = projection
        self._topics = topics
        self._send_rejected = send_rejected
        self._results: dict[str, int] = {}
        self._showing = Beside("showing")
        self.batches = 0
        self.timings: dict[str, float] = {}

    def catch_up(self, ledgers: Mapping[str, Ledger]) -> bool:
        """Write everything anew if a sink has not what the ledgers have; say whether it had to."""
        versions = self._projection.versions()
        now = {name: one.entry for name, one in ledgers.items()}
        has = {name: versions.get((self._projection.sink, name), -2) for name in now}
        self._results = {name: versions.get((RESULTS, name), -2) for name in now}
        if has == now and self._results == now:
            return False
        self.write_anew(self.whole(ledgers, has))
        return True

    def whole(self, ledgers: Mapping[str, Ledger], accounts_after: Mapping[str, int]) -> Entry:
        """Return every row of the night, and the accounts of later entries than these."""
        started = datetime.now(UTC)
        changed = self.count.totals.everything()
        changed.facts = self.count.loaded.facts
        missed = [one.rows_after(accounts_after[n], ledger.ACCOUNT) for n, one in ledgers.items()]
        rejected = [one.rows_after(-1, ledger.REJECTION) for one in ledgers.values()]
        rows = pl.concat([*missed, *rejected], how="diagonal_relaxed")
        now = {name: one.entry for name, one in ledgers.items()}
        return self._entry(rows, changed, now, started)

    def write_anew(self, entry: Entry, stale_results: Iterable[bytes] = ()) -> None:
        """Write every row of the night; what the ledgers do not say goes."""
        self._projection.write(entry, self._results, anew=True)
        self._topics.results([{"key": key, "value": None} for key in stale_results])
        self._emit(entry)

    def results_of(self, entry: Entry) -> list[KeyedMessage]:
        """Return an entry's rows as messages of the topic `results`."""
        return results_of(
            {
                name: [self._projection.live_row(row, entry) for row in rows]
                for name, rows in entry.live.items()
            }
        )

    def take(self, messages: DataFrame) -> int:
        """Take one batch into the ledgers, and begin to show it; return how many messages it had.

        Raises:
            UserError: of this batch, or of showing the one before.
        """
        started = datetime.now(UTC)
        clock = [time.perf_counter()]
        # A task costs some milliseconds whatever it has to do: as many as run at once.
        tasks = self._spark.sparkContext.defaultParallelism
        taken = self.count.take(messages.coalesce(tasks), self._send_rejected)
        clock.append(time.perf_counter())
        if taken is None:
            return 0
        increment, changed = taken
        versions = {n: self.count.entry for n in (TURNOUT, COUNT) if len(increment.of(n))}
        rows = pl.concat([increment.turnout, increment.count], how="diagonal_relaxed")
        entry = self._entry(rows, changed, versions, started)
        clock.append(time.perf_counter())
        self._showing.do(partial(self._show, entry))
        self.count.snapshot_if_due(now=time.monotonic())
        clock.append(time.perf_counter())
        steps = ("rows", "waited")
        self.timings = self.count.timings | {
            s: clock[i + 2] - clock[i + 1] for i, s in enumerate(steps)
        }
        self.batches += 1
        return int(entry.accounts["messages"].sum())

    def settle(self) -> None:
        """Return when every batch is shown; raises what kept one from it."""
        self._showing.settle()

    def raise_if_failed(self) -> None:
        """Raise what kept a batch from being shown; any thread may ask."""
        self._showing.raise_if_failed()

    def close(self) -> None:
        """End, when nothing is being shown any more."""
        self._showing.close()

    def _show(self, entry: Entry) -> None:
        clock = [time.perf_counter()]
        self._projection.write(entry, self._results)
        crash_points.reached("spark.projected")
        clock.append(time.perf_counter())
        self._emit(entry)
        crash_points.reached("spark.emitted")
        clock.append(time.perf_counter())
        get_logger().debug(
            "shown", entry=entry.number, postgres=clock[1] - clock[0], results=clock[2] - clock[1]
        )

    def _entry(
        self, rows: pl.DataFrame, changed: Changed, versions: dict[str, int], started: datetime
    ) -> Entry:
        rejections = rows.filter(pl.col("kind") == ledger.REJECTION).select(
            "topic", "kafka_partition", pl.col("first_offset").alias("kafka_offset"), "reason"
        )
        return Entry(
            number=self.count.entry,
            as_of=datetime.now(UTC),
            started_at=started,
            live=live_rows(self.count.totals, changed),
            facts=fact_rows(self.count.totals, changed),
            rejections=rejections.to_dicts(),
            tallied=tallied_rows(self.count.totals, changed),
            accounts=rows.filter(pl.col("kind") == ledger.ACCOUNT),
            ledger_versions=versions,
        )

    def _emit(self, entry: Entry) -> None:
        self._topics.results(self.results_of(entry))
        # Written with the next entry: until then a start sends these rows again.
        self._results |= entry.ledger_versions


def _offsets(rows: pl.DataFrame) -> dict[tuple[str, int], tuple[int, int]]:
    sheets = rows.filter(pl.col("kafka_partition").is_not_null())
    found = sheets.group_by("topic_no", "kafka_partition").agg(
        pl.col("first_offset").min(), pl.col("last_offset").max()
    )
    return {(INPUT_TOPICS[t], p): (first, last) for t, p, first, last in found.iter_rows()}
