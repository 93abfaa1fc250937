"""What a fault leaves on a message of the plan: its kind, and how its bytes are made wrong."""

from __future__ import annotations

import polars as pl

from generators.malformed import ALL_MALFORMATIONS

FAULT = pl.Enum(
    ["duplicate", "second_ballot", "unknown_elector", "wrong_station", "late", "reorder",
     "malformed", "conflict"]
)  # fmt: skip
MALFORMATION = pl.Enum(ALL_MALFORMATIONS)

Frames = dict[str, pl.DataFrame]
BEFORE_THE_POLL = ("constituencies", "candidates", "voters")


def as_genuine(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of genuine messages, each released when it is planned to be sent."""
    return frame.with_columns(
        pl.col("sent_at").alias("release_at"),
        pl.lit(None, FAULT).alias("fault"),
        pl.lit(None, MALFORMATION).alias("malformation"),
    )
