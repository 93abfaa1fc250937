"""The frames that go through the tally: what a batch adds, and the ledgers' columns (pure).

Two ledgers, each for topics of its own, so that elector numbers and choices never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from election.errors import UserError

TURNOUT, COUNT = "turnout", "count"
LEDGER_OF_TOPIC = {
    "voters": TURNOUT,
    "ballots_issued": TURNOUT,
    "votes": COUNT,
    "exit_poll": COUNT,
    "ballot_accounts": COUNT,
    "declarations": COUNT,
    "constituencies": COUNT,
    "candidates": COUNT,
}
TOPICS_OF_LEDGER = {
    ledger: tuple(t for t, of in LEDGER_OF_TOPIC.items() if of == ledger)
    for ledger in (TURNOUT, COUNT)
}

# Kinds of ledger rows. `head` opens an entry: its hash, the hash before, the wall clock.
HEAD, SHEET, NUMBERS, ELECTORS, CELL = "head", "sheet", "numbers", "electors", "cell"
ACCOUNT, FACT, REJECTION = "account", "fact", "rejection"

_TIME = pl.Datetime("us", "UTC")

_COMMON: dict[str, Any] = {
    "segment": pl.Int32,
    "entry": pl.Int64,
    "is_snapshot": pl.Boolean,  # repeats the sum of what came before, at the start of a segment
    "kind": pl.String,
    "as_of": _TIME,
    "hash": pl.String,
    "previous_hash": pl.String,
    "topic": pl.String,
    "kafka_partition": pl.Int32,
    "first_offset": pl.Int64,
    "last_offset": pl.Int64,
    "messages": pl.Int64,
    "accepted": pl.Int64,
    "late": pl.Int64,
    "duplicate": pl.Int64,
    "rejected": pl.Int64,
    "first_produced_at": _TIME,
    "last_produced_at": _TIME,
    "reason": pl.String,
    "source": pl.String,
    "word": pl.Int32,
    "bits": pl.Int64,
    "region_id": pl.String,
    "age_band": pl.String,
    "sex": pl.String,
    "education": pl.String,
}
SCHEMAS: dict[str, pl.Schema] = {
    TURNOUT: pl.Schema({**_COMMON, "method": pl.String, "hour_start_at": _TIME}),
    COUNT: pl.Schema(
        {
            **_COMMON,
            "constituency_id": pl.String,
            "candidate_id": pl.String,
            "rejection_reason": pl.String,
            "party_abbreviation": pl.String,
            "counted_at": _TIME,
            "fact": pl.String,
        }
    ),
}

# One more with every change of a ledger's columns or of what they mean. A ledger of another
# version is refused, and made anew by `make rebuild`.
VERSIONS = {TURNOUT: 2, COUNT: 2}
REBUILD = "make it anew with the count stopped: make rebuild FROM=bronze, or FROM=broker"


@dataclass(frozen=True)
class Increment:
    """What one batch, one entry or a whole ledger adds: rows of both ledgers."""

    turnout: pl.DataFrame
    count: pl.DataFrame

    def of(self, ledger: str) -> pl.DataFrame:
        """Return one ledger's rows."""
        return self.turnout if ledger == TURNOUT else self.count

    def kind(self, ledger: str, kind: str) -> pl.DataFrame:
        """Return one ledger's rows of a kind."""
        return self.of(ledger).filter(pl.col("kind") == kind)


def conform(frames: list[pl.DataFrame], ledger: str) -> pl.DataFrame:
    """Concatenate frames of some columns into one with the ledger's; a kind of rows has a few.

    Raises:
        ValueError: a row holds something in a column that is none of the ledger's.
    """
    schema = SCHEMAS[ledger]
    if not frames:
        return pl.DataFrame(schema=schema)
    whole = pl.concat(frames, how="diagonal_relaxed")
    lost = [name for name in whole.columns
            if name not in schema and whole[name].null_count() < len(whole)]  # fmt: skip
    if lost:
        raise ValueError(f"the ledger {ledger} has no place for {', '.join(lost)}")
    missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items()
               if name not in whole.columns]  # fmt: skip
    return whole.with_columns(missing).select(
        pl.col(name).cast(kind) for name, kind in schema.items()
    )


def as_stored(rows: pl.DataFrame, ledger: str) -> pl.DataFrame:
    """Return rows that a ledger on disk holds, in the types that the count takes.

    Raises:
        UserError: the columns are not the ledger's: those of its version are all there.
    """
    if apart := sorted(set(SCHEMAS[ledger]) ^ set(rows.columns)):
        raise UserError(
            f"the ledger {ledger} has other columns than its version",
            why=f"{', '.join(apart)} in one of them alone",
            fix=REBUILD,
        )
    return conform([rows], ledger)
