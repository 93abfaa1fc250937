"""Messages (MESSAGE_DDL) -> what the count needs of them, block by block on the executors.

Decoding, rules and grouping are `spark.blocks`; here they meet Spark. Python workers do them on
Arrow blocks: a fraction of what expressions over JSON take, and nothing that a just-in-time
compiler must learn in the first minutes of a night (docs/adr/0006).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl
import pyarrow as pa
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

Blocks = Iterator[pa.RecordBatch]
Work = Callable[[pa.RecordBatch], Iterator[pl.DataFrame]]

_COLUMNS = (*KAFKA, "text", "refused_as")
_DDL_TYPES = {pl.Int8: "tinyint", pl.Int32: "int", pl.Int64: "bigint", pl.String: "string",
              pl.Boolean: "boolean", pl.Binary: "binary"}  # fmt: skip
VERDICTS = pl.Schema(
    {
        "topic_no": pl.Int8,
        "kafka_partition": pl.Int32,
        "kafka_offset": pl.Int64,
        "text": pl.Binary,
        "reason": pl.String,
        "is_late": pl.Boolean,
    }
)
_PLAIN = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}
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

    def reduced(self, messages: DataFrame) -> DataFrame:
        """Return REDUCED rows; those of different tasks are still to be merged."""
        return self._map(messages, REDUCED, _added_up(self._preparing()))

    def dirty(self, messages: DataFrame, dirty: Dirty) -> DataFrame:
        """Return the acceptable messages that hold a dirty number, as PREPARED rows."""
        return self._map(messages, PREPARED, _holding(self._preparing(), dirty))

    def collect_reduced(self, messages: DataFrame) -> pl.DataFrame:
        """Return a batch's REDUCED rows, each key once."""
        frame = pl.from_arrow(self.reduced(messages).toArrow())
        assert isinstance(frame, pl.DataFrame)
        return merge(conform(frame))

    def collect_dirty(self, messages: DataFrame, dirty: Dirty) -> list[Row]:
        """Return the rows of `dirty`, with the name of their topic."""
        rows = self.dirty(messages, dirty).toArrow().to_pylist()
        return [{**row, "topic": INPUT_TOPICS[row["topic_no"]]} for row in rows]

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


def ddl(schema: pl.Schema) -> str:
    """Return a schema as Spark's DDL."""
    return ", ".join(f"{name} {_DDL_TYPES[type(kind)]}" for name, kind in schema.items())


def _each(frames_of: Work, schema: pl.Schema) -> Callable[[Blocks], Blocks]:
    def work(blocks: Blocks) -> Blocks:
        for block in blocks:
            for frame in frames_of(block):
                yield from _batches(frame.select(schema.names()))

    return work


def _added_up(prepared: Work) -> Callable[[Blocks], Blocks]:
    def work(blocks: Blocks) -> Blocks:
        frames: list[pl.DataFrame] = []
        for block in blocks:
            frames += [reduce(frame) for frame in prepared(block)]
            if len(frames) > _FRAMES_TO_MERGE:
                frames = [merge(pl.concat(frames))]
        if frames:
            yield from _batches(merge(pl.concat(frames)) if len(frames) > 1 else frames[0])

    return work


def _holding(prepared: Work, dirty: Dirty) -> Callable[[Blocks], Blocks]:
    def work(blocks: Blocks) -> Blocks:
        numbers, electors = dirty.frames()
        for block in blocks:
            for frame in prepared(block):
                placed = frame.with_row_index("place")
                hits = [placed.join(wanted, on=wanted.columns, how="semi")["place"]
                        for wanted in (numbers, electors)]  # fmt: skip
                yield from _batches(frame[pl.concat(hits).unique()])

    return work


def _batches(frame: pl.DataFrame) -> list[pa.RecordBatch]:
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    # Polars has long strings, Spark reads Arrow's plain ones.
    plain = [field.with_type(_PLAIN.get(field.type, field.type)) for field in table.schema]
    return table.cast(pa.schema(plain)).to_batches()
