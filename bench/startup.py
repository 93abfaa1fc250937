"""How long the count takes to have its state again after a long night, beside a short one.

The ledgers are synthetic: made of number words and sheets as a night of so many messages would
leave them, without the messages. What is timed is theirs alone: Spark's start is the same for both.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from bench.machine import Bench
from bench.row import Measured
from election.events import AGE_BANDS, EDUCATION_LEVELS, SEXES
from spark.blocks.dimensions import Dimensions, Nomination, Station
from spark.jobs.counting import State
from spark.tally import rows as ledger
from spark.tally.ledger import Ledger
from spark.tally.rows import COUNT, TURNOUT, conform

SHORT, LONG = 1_000_000, 10_000_000
# So that both nights end some fifty entries after the start of a segment: a start reads those too.
PER_ENTRY = 18_000
PARTITIONS = 4
SEATS, CANDIDATES, STATIONS = 650, 5, 10
WORD = 64
NIGHT_ID = "bench.synthetic"
BEGAN = datetime(2026, 11, 25, 22, tzinfo=UTC)
PARTIES = ("Con", "Lab", "LD", "Green", "Ind")


def startup(bench: Bench) -> Measured:
    """Give by how much ten million messages make a start longer than one million do."""
    times = {}
    for messages in (SHORT, LONG):
        folder = bench.machine.paths.var / f"synthetic-ledger-{messages}"
        if not folder.exists():  # one for all runs
            bench.say(f"making a synthetic ledger of {messages:,} messages")
            seed(folder, messages)
        times[messages] = min(_start_s(folder) for _ in range(3))
    more = {"ledger": "synthetic", "best of": 3,
            **{f"{n:,} messages, s": round(s, 3) for n, s in times.items()}}  # fmt: skip
    return Measured(times[LONG] - times[SHORT], None, more)


def _start_s(folder: Path) -> float:
    seats, ledgers = dimensions(), _ledgers(folder)
    began = time.perf_counter()
    State.load(ledgers, seats)
    for one in ledgers.values():
        # What a start writes into the sinks beside the sums: they lack the newest entry, say.
        one.rows_after(one.entry - 1, ledger.ACCOUNT)
        one.rows_after(-1, ledger.REJECTION)
    return time.perf_counter() - began


def dimensions() -> Dimensions:
    """Return so many seats, candidates and stations as a general election has."""
    found = Dimensions()
    for seat in _seats():
        found.seats[seat] = "E12000008"
        for n, party in enumerate(PARTIES, start=1):
            found.candidates[f"{seat}-C{n:02}"] = Nomination(seat, "E12000008", party)
        for n in range(1, STATIONS + 1):
            found.stations[f"{seat}-S{n:03}"] = Station(seat, "E12000008", 100_000)
    return found


def seed(folder: Path, messages: int) -> None:
    """Write ledgers of a night: a third of its messages each register, issue and count."""
    try:
        _seed(_ledgers(folder), messages)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _seed(ledgers: Mapping[str, Ledger], messages: int) -> None:
    each = PER_ENTRY // 3 // WORD * WORD
    entries = messages // (3 * each)
    for entry in range(entries):
        as_of = BEGAN + timedelta(seconds=entry)
        ledgers[TURNOUT].append(_turnout(entry, each), entry, as_of)
        ledgers[COUNT].append(_papers(entry, each), entry, as_of)
        for one in ledgers.values():
            one.settle()
            if one.wants_snapshot():
                one.snapshot(as_of)
    for one in ledgers.values():
        one.settle()


def _turnout(entry: int, each: int) -> pl.DataFrame:
    issue = _words("ballots_issued", "S", STATIONS, 3, entry, each)
    electors = issue.with_columns(pl.lit(ledger.ELECTORS).alias("kind"))
    people = _words("voters", "S", STATIONS, 3, entry, each)
    cells = pl.DataFrame(
        {
            "kind": ledger.CELL, "region_id": "E12000008", "messages": each // 84,
            "age_band": a, "sex": s, "education": e, "topic": topic,
        }
        for a in AGE_BANDS for s in SEXES for e in EDUCATION_LEVELS
        for topic in ("voters", "ballots_issued")
    )  # fmt: skip
    hour = BEGAN + timedelta(hours=entry % 15)
    sheets = pl.concat([people, issue]).select(
        pl.lit(ledger.SHEET).alias("kind"), "topic", "source", "messages",
        pl.lit("in_person").alias("method"), pl.lit(hour).alias("hour_start_at"),
        pl.lit(entry % PARTITIONS, pl.Int32).alias("kafka_partition"),
    )  # fmt: skip
    accounts = [_account(topic, entry, each) for topic in ("voters", "ballots_issued")]
    return conform([issue, electors, people, cells, sheets, *accounts], TURNOUT)


def _papers(entry: int, each: int) -> pl.DataFrame:
    words = _words("votes", "B", 99, 4, entry, each)
    seat = pl.col("source").str.slice(0, 9)
    choice = pl.concat_str(seat, pl.lit("-C0"), (pl.col("word") % CANDIDATES + 1).cast(pl.String))
    sheets = words.select(
        pl.lit(ledger.SHEET).alias("kind"), "topic", "source", "messages",
        seat.alias("constituency_id"), choice.alias("candidate_id"),
        pl.lit(BEGAN + timedelta(hours=entry % 6)).alias("counted_at"),
        pl.lit(entry % PARTITIONS, pl.Int32).alias("kafka_partition"),
    )  # fmt: skip
    return conform([words, sheets, _account("votes", entry, each)], COUNT)


def _words(topic: str, what: str, a_seat: int, digits: int, entry: int, each: int) -> pl.DataFrame:
    """Return the next full words: they go round all sources, then to their next word."""
    first = entry * (each // WORD)
    place = np.arange(first, first + each // WORD)
    sources = SEATS * a_seat
    seats = _seats()
    names = [
        f"{seats[p % SEATS]}-{what}{p % sources // SEATS + 1:0{digits}}" for p in place.tolist()
    ]
    return pl.DataFrame(
        {"kind": ledger.NUMBERS, "topic": topic, "source": names, "word": place // sources,
         "bits": -1, "messages": WORD}
    )  # fmt: skip


def _account(topic: str, entry: int, each: int) -> pl.DataFrame:
    partition, turn = entry % PARTITIONS, entry // PARTITIONS
    first = turn * each
    return pl.DataFrame(
        {
            "kind": [ledger.ACCOUNT], "topic": [topic], "kafka_partition": [partition],
            "first_offset": [first], "last_offset": [first + each - 1], "messages": [each],
            "accepted": [each], "late": [0], "duplicate": [0], "rejected": [0],
            "first_produced_at": [BEGAN], "last_produced_at": [BEGAN],
        }
    )  # fmt: skip


def _seats() -> list[str]:
    return [f"E1400{n:04}" for n in range(SEATS)]


def _ledgers(folder: Path) -> dict[str, Ledger]:
    return {name: Ledger(str(folder / name), name, NIGHT_ID) for name in (TURNOUT, COUNT)}
