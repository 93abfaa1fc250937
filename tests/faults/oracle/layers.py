"""Silver, quarantine and gold: what the batch job made of one version of bronze and of the ledgers.

It may have run before the night was over: silver and quarantine are held against the messages that
their version of bronze has, gold against the log only if it is of the newest entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl
from deltalake import DeltaTable

from .broker_log import Part
from .comparison import compare, plain
from .expected import Expected
from .judging import COUNTED, PLACE
from .live_tables import KEYS, LIVE
from .wire import EVENTS


@dataclass
class Layers:
    """What is there of a night; empty where the batch job has not run."""

    silver: dict[str, pl.DataFrame] = field(default_factory=dict)
    quarantine: pl.DataFrame | None = None
    landed: Mapping[Part, int] = field(default_factory=dict)
    """Next offset of each partition in the bronze that both were made of."""
    gold: dict[str, pl.DataFrame] = field(default_factory=dict)
    newest_entry: int = -1
    """Of the ledgers."""


def read_layers(lake: str, night_id: str, newest_entry: int) -> Layers:
    """Read what the batch job made."""
    found = Layers(newest_entry=newest_entry)
    versions: dict[str, int] = {}
    for topic in EVENTS:
        if (rows := _read(f"{lake}/silver/{topic}", night_id)) is not None:
            found.silver[topic] = rows
            versions[topic] = _made_of(f"{lake}/silver/{topic}")
    found.quarantine = _read(f"{lake}/quarantine/messages", night_id)
    if versions:
        found.landed = _ends(f"{lake}/bronze/messages", max(versions.values()), night_id)
    for name in LIVE:
        if (rows := _read(f"{lake}/gold/{name}", night_id)) is not None:
            found.gold[name] = rows
    return found


def check_layers(expected: Expected, layers: Layers) -> Iterator[str]:
    """Silver has what counts, quarantine what was rejected, gold the live tables: each once."""
    for topic, rows in layers.silver.items():
        counted = expected.classes[topic].filter(COUNTED).with_columns(
            is_late=pl.col("class") == "late"
        ).select(*PLACE, "is_late", *EVENTS[topic].fields)  # fmt: skip
        there = _until(counted.with_columns(topic=pl.lit(topic)), layers.landed).drop("topic")
        yield from compare(f"silver.{topic}", PLACE, plain(there), plain(rows))
    if layers.quarantine is not None:
        rejected = pl.concat(
            frame.filter(pl.col("class") == "rejected").select(pl.lit(topic).alias("topic"), *PLACE)
            for topic, frame in expected.classes.items()
        )
        kept = expected.kept.select(
            "topic", *PLACE, "value", "value_length", reason="verdict", value_sha256="bronze_sha256"
        )
        rows = _until(kept.join(rejected, on=["topic", *PLACE]), layers.landed)
        yield from compare("quarantine", ("topic", *PLACE), rows, layers.quarantine)
    for name, rows in layers.gold.items():
        if len(rows) and rows["ledger_version"].max() == layers.newest_entry:
            yield from compare(f"gold.{name}", KEYS[name], expected.live[name], rows)


def _until(rows: pl.DataFrame, landed: Mapping[Part, int]) -> pl.DataFrame:
    """Leave out what came after the version of bronze."""
    ends = pl.DataFrame(
        [(topic, partition, end) for (topic, partition), end in landed.items()],
        schema={"topic": pl.String, "kafka_partition": pl.Int64, "end": pl.Int64}, orient="row",
    )  # fmt: skip
    there = rows.join(ends, on=["topic", "kafka_partition"], maintain_order="left")
    return there.filter(pl.col("kafka_offset") < pl.col("end")).drop("end")


def _read(path: str, night_id: str) -> pl.DataFrame | None:
    """Return a night's rows as the oracle has all others; None where there is no table."""
    if not DeltaTable.is_deltatable(path):
        return None
    frame = pl.from_arrow(DeltaTable(path).to_pyarrow_table(filters=[("night_id", "=", night_id)]))
    assert isinstance(frame, pl.DataFrame)
    whole = [c for c, t in frame.schema.items() if t in (pl.Int8, pl.Int32)]
    times = [c for c, t in frame.schema.items() if isinstance(t, pl.Datetime)]
    return frame.with_columns(
        pl.col(whole).cast(pl.Int64), *(pl.col(c).dt.timestamp("us") for c in times)
    ) if len(frame) else None  # fmt: skip


def _made_of(path: str) -> int:
    """Return the version of bronze that a table was made of."""
    commits = DeltaTable(path).history()
    told = next(commit["userMetadata"] for commit in commits if commit.get("userMetadata"))
    return int(json.loads(told)["bronze_version"])


def _ends(path: str, version: int, night_id: str) -> dict[Part, int]:
    table = DeltaTable(path, version=version).to_pyarrow_table(
        filters=[("night_id", "=", night_id)],
        columns=["topic", "kafka_partition", "kafka_offset"],
    )
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    newest = frame.group_by("topic", "kafka_partition").agg(pl.col("kafka_offset").max() + 1)
    return {(topic, partition): end for topic, partition, end in newest.iter_rows()}
