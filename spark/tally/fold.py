"""Increments -> totals (pure): every live number is a sum over ledger rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import polars as pl

from spark.blocks.dimensions import Dimensions
from spark.tally import rows as ledger
from spark.tally.rows import COUNT, TURNOUT, Increment
from spark.tally.words import SeenNumbers

Cell = tuple[str, str, str, str]


@dataclass
class Account:
    """The newest version of a ballot account, and how many of its numbers are missing."""

    version: int
    count: int
    constituency_id: str | None
    missing: int = 0


@dataclass
class Changed:
    """Keys whose totals changed."""

    candidates: set[str] = field(default_factory=set)
    seats: set[str] = field(default_factory=set)
    issuing_seats: set[str] = field(default_factory=set)
    hours: set[tuple[datetime, str, str]] = field(default_factory=set)
    cells: set[Cell] = field(default_factory=set)
    answers: set[tuple[str, str, str, str, str]] = field(default_factory=set)
    stations: set[str] = field(default_factory=set)
    partitions: set[tuple[str, int]] = field(default_factory=set)
    facts: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)


@dataclass
class Seat:
    """The count of one constituency."""

    rejected: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    valid: int = 0
    first_counted_at: datetime | None = None
    last_counted_at: datetime | None = None
    papers_accounted_for: int = 0
    papers_missing: int = 0
    batches_accounted_for: int = 0


class Totals:
    """Sums over all entries so far, and the places that keys belong to."""

    def __init__(self, dimensions: Dimensions) -> None:
        self.region_of_seat = dimensions.seats
        self.seat_of_station = {k: s.constituency_id for k, s in dimensions.stations.items()}
        self.seat_of_candidate = {k: c.constituency_id for k, c in dimensions.candidates.items()}
        self.party_of_candidate = {
            k: c.party_abbreviation for k, c in dimensions.candidates.items()
        }
        self.votes: dict[str, int] = defaultdict(int)
        self.seats: dict[str, Seat] = defaultdict(Seat)
        self.issued: dict[tuple[str, str], int] = defaultdict(int)  # station, method
        self.issued_in_seat: dict[tuple[str, str], int] = defaultdict(int)
        self.registered: dict[str, int] = defaultdict(int)  # station
        self.registered_in_seat: dict[str, int] = defaultdict(int)
        self.hours: dict[tuple[datetime, str, str], dict[str, int]] = {}
        self.cells: dict[Cell, dict[str, int]] = {}
        self.answers: dict[tuple[str, str, str, str, str], int] = defaultdict(int)
        self.batch_accounts: dict[str, Account] = {}
        self.station_accounts: dict[str, Account] = {}
        self.classes: dict[tuple[str, int], dict[str, int]] = {}
        self.next_offset: dict[tuple[str, int], int] = {}

    def add(self, increment: Increment, numbers: dict[str, SeenNumbers]) -> Changed:
        """Add rows whose numbers are marked in `numbers` already; return what changed."""
        changed = Changed()
        self._add_facts(increment.kind(COUNT, ledger.FACT), changed)
        self._add_votes(increment.kind(COUNT, ledger.SHEET), changed)
        self._add_issued(increment.kind(TURNOUT, ledger.SHEET), changed)
        self._add_cells(increment, changed)
        self._add_accounts(increment, changed)
        self._find_missing(increment, numbers, changed)
        return changed

    def everything(self) -> Changed:
        """Return every key, to write all tables anew."""
        return Changed(
            candidates=set(self.party_of_candidate),
            seats=set(self.region_of_seat),
            issuing_seats=set(self.region_of_seat),
            hours=set(self.hours),
            cells=set(self.cells),
            answers=set(self.answers),
            stations=set(self.seat_of_station),
            partitions=set(self.next_offset),
        )

    def _add_facts(self, facts: pl.DataFrame, changed: Changed) -> None:
        columns = ["topic", "first_offset", "fact"]
        for topic, offset, text in facts.sort(columns[:2]).select(columns).iter_rows():
            fact = orjson.loads(text)
            changed.facts.append((topic, offset, fact))
            if topic == "constituencies":
                seat = fact["constituency_id"]
                changed.seats.add(seat)
                changed.issuing_seats.add(seat)
                changed.stations.update(s["polling_station_id"] for s in fact["stations"])
            elif topic == "candidates":
                changed.candidates.add(fact["candidate_id"])
            elif topic == "ballot_accounts":
                self._add_account(fact)

    def _add_account(self, fact: dict[str, Any]) -> None:
        accounts = {"count_batch": self.batch_accounts, "station": self.station_accounts}
        of_kind = accounts.get(fact["kind"])
        if of_kind is None:
            return
        known = of_kind.get(fact["id"])
        if known is None:
            of_kind[fact["id"]] = Account(
                fact["version"], fact["count"], fact["constituency_id"], 0
            )
            if fact["kind"] == "count_batch":
                seat = self.seats[fact["constituency_id"]]
                seat.batches_accounted_for += 1
                seat.papers_accounted_for += fact["count"]
        elif fact["version"] > known.version:
            if fact["kind"] == "count_batch":
                seat = self.seats[str(known.constituency_id)]
                seat.papers_accounted_for += fact["count"] - known.count
            known.version, known.count = fact["version"], fact["count"]

    def _add_votes(self, sheets: pl.DataFrame, changed: Changed) -> None:
        total = pl.col("messages").sum()
        for candidate, n in sheets.filter(pl.col("candidate_id").is_not_null()).group_by(
            "candidate_id").agg(total).iter_rows():  # fmt: skip
            self.votes[candidate] += n
            changed.candidates.add(candidate)
        by_seat = sheets.group_by("constituency_id", "rejection_reason").agg(
            total, pl.col("counted_at").min().alias("first"), pl.col("counted_at").max().alias("l")
        )
        for seat_id, reason, n, first, last in by_seat.iter_rows():
            seat = self.seats[seat_id]
            if reason is None:
                seat.valid += n
            else:
                seat.rejected[reason] += n
            seat.first_counted_at = min(first, seat.first_counted_at or first)
            seat.last_counted_at = max(last, seat.last_counted_at or last)
            changed.seats.add(seat_id)
        valid = sheets.filter(pl.col("candidate_id").is_not_null())
        by_hour = valid.group_by(pl.col("counted_at").dt.truncate("1h"), "candidate_id").agg(total)
        for hour, candidate, n in by_hour.iter_rows():
            region = self.region_of_seat[self.seat_of_candidate[candidate]]
            self._hour(
                hour, region, self.party_of_candidate[candidate], "votes_counted", n, changed
            )

    def _add_issued(self, sheets: pl.DataFrame, changed: Changed) -> None:
        by_station = sheets.group_by("topic", "source", "method", "hour_start_at").agg(
            pl.col("messages").sum()
        )
        for topic, station, method, hour, n in by_station.iter_rows():
            seat = self.seat_of_station[station]
            changed.stations.add(station)
            changed.issuing_seats.add(seat)
            if topic == "voters":
                self.registered[station] += n
                self.registered_in_seat[seat] += n
                continue
            self.issued[station, method] += n
            self.issued_in_seat[seat, method] += n
            if method != "tendered":
                measure = "issued_postal" if method == "postal" else "issued_in_person"
                self._hour(hour, self.region_of_seat[seat], "-", measure, n, changed)

    def _hour(
        self, hour: datetime, region: str, party: str, measure: str, n: int, changed: Changed
    ) -> None:
        key = (hour, region, party)
        row = self.hours.setdefault(
            key, {"issued_in_person": 0, "issued_postal": 0, "votes_counted": 0}
        )
        row[measure] += n
        changed.hours.add(key)

    def _add_cells(self, increment: Increment, changed: Changed) -> None:
        cell = ["region_id", "age_band", "sex", "education"]
        total = pl.col("messages").sum()
        people = increment.kind(TURNOUT, ledger.CELL).group_by("topic", *cell).agg(total)
        for topic, *key, n in people.iter_rows():
            found = self.cells.setdefault(
                (key[0], key[1], key[2], key[3]), {"registered": 0, "ballots_issued": 0}
            )
            found["registered" if topic == "voters" else "ballots_issued"] += n
            changed.cells.add((key[0], key[1], key[2], key[3]))
        answers = increment.kind(COUNT, ledger.CELL).group_by(*cell, "party_abbreviation")
        for region, age, sex, education, party, n in answers.agg(total).iter_rows():
            self.answers[region, age, sex, education, party] += n
            changed.answers.add((region, age, sex, education, party))

    def _add_accounts(self, increment: Increment, changed: Changed) -> None:
        names = ["messages", "accepted", "late", "duplicate", "rejected"]
        for name in (TURNOUT, COUNT):
            frame = increment.kind(name, ledger.ACCOUNT)
            sums = frame.group_by("topic", "kafka_partition").agg(
                *(pl.col(n).sum() for n in names), pl.col("last_offset").max()
            )
            for topic, partition, *values, last in sums.iter_rows():
                found = self.classes.setdefault((topic, partition), dict.fromkeys(names, 0))
                for measure, n in zip(names, values, strict=True):
                    found[measure] += n
                self.next_offset[topic, partition] = last + 1
                changed.partitions.add((topic, partition))

    def _find_missing(
        self, increment: Increment, numbers: dict[str, SeenNumbers], changed: Changed
    ) -> None:
        """Count again what is missing below the accounts that this increment touched."""
        told = [fact for topic, _, fact in changed.facts if topic == "ballot_accounts"]
        papers = increment.kind(COUNT, ledger.NUMBERS).filter(pl.col("topic") == "votes")
        batches = _touched(papers["source"].unique(), told, "count_batch", self.batch_accounts)
        for batch, missing in _missing(batches, self.batch_accounts, numbers["votes"]):
            account = self.batch_accounts[batch]
            seat_id = str(account.constituency_id)
            self.seats[seat_id].papers_missing += missing - account.missing
            account.missing = missing
            changed.seats.add(seat_id)
        issued = increment.kind(TURNOUT, ledger.NUMBERS).filter(pl.col("topic") == "ballots_issued")
        stations = _touched(issued["source"].unique(), told, "station", self.station_accounts)
        for station, missing in _missing(stations, self.station_accounts,
                                         numbers["ballots_issued"]):  # fmt: skip
            self.station_accounts[station].missing = missing
            changed.stations.add(station)


def _touched(
    sources: Iterable[str], told: list[dict[str, Any]], kind: str, accounts: dict[str, Account]
) -> list[str]:
    named = {fact["id"] for fact in told if fact["kind"] == kind}
    return sorted((set(sources) | named) & accounts.keys())


def _missing(
    sources: list[str], accounts: dict[str, Account], seen: SeenNumbers
) -> list[tuple[str, int]]:
    if not sources:
        return []
    counts = np.array([accounts[s].count for s in sources], np.int64)
    missing = counts - seen.count_up_to(sources, counts)
    return list(zip(sources, missing.tolist(), strict=True))
