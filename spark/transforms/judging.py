"""Messages (MESSAGE_DDL) -> what the count needs of them, block by block on the executors.

Decoding, rules and grouping are `spark.blocks`; here they meet Spark. Python workers do them on
Arrow blocks: a fraction of what expressions over JSON take, and nothing that a just-in-time
compiler must learn in the first minutes of a night (docs/adr/0006).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.core.broadcast import Broadcast
from pyspark.sql import DataFrame, SparkSession

from election.topics import INPUT_TOPICS
from spark.blocks.dimensions import Dimensions
from spark.blocks.judge import judge
from spark.blocks.lookup import Lookup
from spark.blocks.reduce import PREPARED, REDUCED, conform, merge, prepare, reduce
from spark.blocks.rules import NightRules
from spark.blocks.typed import KAFKA, typed
from spark.tally.exact import Row
from spark.tally.tally import Dirty
from spark.transforms.kept import Keeper, kept

Blocks = Iterator[pa.RecordBatch]
Work = Callable[[pa.RecordBatch], Iterator[pl.DataFrame]]

_COLUMNS = (*KAFKA, "value", "refused_as")
_DDL_TYPES = {pl.Int8: "tinyint", pl.Int32: "int", pl.Int64: "bigint", pl.String: "string",
              pl.Boolean: "boolean", pl.Binary: "binary"}  # fmt: skip
VERDICTS = pl.Schema(
    {
        "topic_no": pl.Int8,
        "kafka_partition": pl.Int32,
        "kafka_offset": pl.Int64,
        "value": pl.Binary,
        "reason": pl.String,
        "is_late": pl.Boolean,
    }
)
_PLAIN = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}
# A task's own row: that it kept what it prepared. `messages` is its number.
KEPT = 0
# A task's rows are added up each so many, so that a long task needs no more memory than a block.
_FRAMES_TO_MERGE = 16


@dataclass(frozen=True)
class Judging:
    """Judges messages of one night by its rules and its closed dimensions."""

    lookup: Broadcast[Lookup]
    rules: NightRules

    @classmethod
    def of(cls, spark: SparkSession, dimensions: Dimensions, rules: NightRules) -> Judging:
        """Hand the dimensions to the executors."""
        return cls(spark.sparkContext.broadcast(Lookup.of(dimensions)), rules)

    def verdicts(self, messages: DataFrame) -> DataFrame:
        """Return VERDICTS of each message: its bytes, and a reason where it is not acceptable."""
        return self._map(messages, VERDICTS, _each(self._judging(), VERDICTS))

    def prepared(self, messages: DataFrame) -> DataFrame:
        """Return one PREPARED row a message, with the reason against it or none."""
        return self._map(messages, PREPARED, _each(self._preparing(), PREPARED))

    def take(self, messages: DataFrame) -> Batch:
        """Judge a batch and reduce it."""
        batch = uuid.uuid4().hex
        rows = self._map(messages, REDUCED, _added_up(self._preparing(), batch))
        frame = pl.from_arrow(rows.toArrow())
        assert isinstance(frame, pl.DataFrame)
        parts = frame.filter(pl.col("part") == KEPT)["messages"].to_list()
        return Batch(self, messages, batch, frozenset(parts), merge(conform(frame)))

    def holding(self, messages: DataFrame, dirty: Dirty) -> DataFrame:
        """Return the acceptable messages that hold a dirty number, as PREPARED rows."""
        return self._map(messages, PREPARED, _holding(self._preparing(), dirty))

    def _judging(self) -> Work:
        lookup, rules = self.lookup, self.rules  # the broadcast, not its value, travels

        def judged(block: pa.RecordBatch) -> Iterator[pl.DataFrame]:
            for part in typed(block, rules):
                frame = pl.from_arrow(part)
                assert isinstance(frame, pl.DataFrame)
                yield judge(frame, lookup.value, rules)

        return judged

    def _preparing(self) -> Work:
        judged = self._judging()

        def prepared(block: pa.RecordBatch) -> Iterator[pl.DataFrame]:
            return map(prepare, judged(block))

        return prepared

    def _map(
        self, messages: DataFrame, schema: pl.Schema, work: Callable[[Blocks], Blocks]
    ) -> DataFrame:
        return messages.select(*_COLUMNS).mapInArrow(work, ddl(schema))


@dataclass(frozen=True)
class Batch:
    """A judged batch: its REDUCED rows, each key once, and the way back to its messages."""

    judging: Judging
    messages: DataFrame
    name: str
    parts: frozenset[int]
    """Tasks that kept what they prepared."""
    reduced: pl.DataFrame

    def holding(self, dirty: Dirty) -> list[Row]:
        """Return the acceptable messages that hold a dirty number, with the name of their topic."""
        rows = self._kept(dirty).toArrow()
        if pc.any(pc.is_null(rows["topic_no"])).as_py():
            rows = self.judging.holding(self.messages, dirty).toArrow()
        return [{**row, "topic": INPUT_TOPICS[row["topic_no"]]} for row in rows.to_pylist()]

    def _kept(self, dirty: Dirty) -> DataFrame:
        tasks = max(self.parts, default=-1) + 1
        numbers = self.messages.sparkSession.range(0, tasks, 1, max(tasks, 1))
        return numbers.mapInArrow(_kept_holding(self.name, self.parts, dirty), ddl(PREPARED))


def ddl(schema: pl.Schema) -> str:
    """Return a schema as Spark's DDL."""
    return ", ".join(f"{name} {_DDL_TYPES[type(kind)]}" for name, kind in schema.items())


def _each(frames_of: Work, schema: pl.Schema) -> Callable[[Blocks], Blocks]:
    def work(blocks: Blocks) -> Blocks:
        for block in blocks:
            for frame in frames_of(block):
                yield from _batches(frame.select(schema.names()))

    return work


def _added_up(prepared: Work, batch: str) -> Callable[[Blocks], Blocks]:
    def work(blocks: Blocks) -> Blocks:
        keeper = Keeper(batch)
        frames: list[pl.DataFrame] = []
        for block in blocks:
            for frame in prepared(block):
                keeper.keep(frame)
                frames.append(reduce(frame))
            if len(frames) > _FRAMES_TO_MERGE:
                frames = [merge(pl.concat(frames))]
        keeper.close()
        if frames:
            mark = pl.DataFrame({"part": [KEPT], "messages": [keeper.part]})
            yield from _batches(pl.concat([merge(pl.concat(frames)), conform(mark)]))

    return work


def _holding(prepared: Work, dirty: Dirty) -> Callable[[Blocks], Blocks]:
    def work(blocks: Blocks) -> Blocks:
        wanted = dirty.frames()
        for block in blocks:
            for frame in prepared(block):
                yield from _batches(_hits(frame, wanted))

    return work


def _kept_holding(
    batch: str, parts: frozenset[int], dirty: Dirty
) -> Callable[[Blocks], Blocks]:  # fmt: skip
    def work(blocks: Blocks) -> Blocks:
        wanted = dirty.frames()
        for block in blocks:
            for part in parts.intersection(block["id"].to_pylist()):
                frame = kept(batch, part)
                missing = pl.DataFrame({"topic_no": [None]}, schema={"topic_no": pl.Int8})
                found = missing if frame is None else _hits(frame, wanted)
                yield from _batches(pl.concat([PREPARED.to_frame(), found], how="diagonal"))

    return work


def _hits(prepared: pl.DataFrame, wanted: tuple[pl.DataFrame, ...]) -> pl.DataFrame:
    """Return the rows that hold one of the wanted numbers."""
    placed = prepared.with_row_index("place")
    hits = [placed.join(numbers, on=numbers.columns, how="semi")["place"] for numbers in wanted]
    return prepared[pl.concat(hits).unique()]


def _batches(frame: pl.DataFrame) -> list[pa.RecordBatch]:
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    # Polars has long strings, Spark reads Arrow's plain ones.
    plain = [field.with_type(_PLAIN.get(field.type, field.type)) for field in table.schema]
    return table.cast(pa.schema(plain)).to_batches()
