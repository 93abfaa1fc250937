"""The genuine messages of a night, one frame a topic: payload columns and planned `sent_at`.

Columns are named as the fields of `election.events`; lists are JSON text. Pure.
"""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import polars as pl

from election.clock import closes_at, opens_at
from election.ids import count_batch_id
from generators.catalogue import (
    AGE,
    EDUCATION,
    METHOD,
    REJECTION,
    SEX,
    enum_of,
    labels,
)
from generators.contest import Contest
from generators.counting import Counted
from generators.electorate import Electorate
from generators.exit_poll import Answers
from generators.issuing import SENT_AFTER_US, TENDERED, Issued
from generators.moments import HOUR, MINUTE, SECOND, as_times, to_us
from generators.streams import stream

REGISTER_SENT_BEFORE = timedelta(days=11)  # after the register closes, before any postal pack
NOMINATED_BEFORE = timedelta(days=20)
VOTERS_TAKE_US = HOUR
STATIONS_SEAL_AFTER_US = (5 * MINUTE, 25 * MINUTE)
EXIT_POLL_TAKES_US = 30 * SECOND


def register_us(contest: Contest) -> int:
    """Return when the register phase is sent, in the election's time."""
    return to_us(opens_at(contest.polling_date) - REGISTER_SENT_BEFORE)


def _spread(start_us: int, width_us: int, count: int) -> np.ndarray:
    return start_us + (np.arange(count) * (width_us / max(count, 1))).astype(np.int64)


def constituencies(contest: Contest, electorate: Electorate) -> pl.DataFrame:
    """Return a row a seat with its stations and its previous result."""
    stations = {
        seat: _dumps(
            [
                {"polling_station_id": i, "name": n, "registered": r}
                for i, n, r in zip(ids, names, sizes, strict=True)
            ]
        )
        for seat, ids, names, sizes in electorate.stations.group_by(
            "constituency_id", maintain_order=True
        )
        .agg("polling_station_id", "name", "registered")
        .iter_rows()
    }
    previous: dict[str, list[dict[str, object]]] = {}
    for seat, party, share in contest.previous.select(
        "constituency_id", "party_abbreviation", "share"
    ).iter_rows():
        previous.setdefault(seat, []).append({"party_abbreviation": party, "share": share})
    seats = contest.seats
    ids = seats["constituency_id"]
    return seats.select(
        "constituency_id", "name", "region_id", "region_name", "nation", "electorate",
        "previous_winner", "hex_q", "hex_r",
        pl.Series("previous_shares", [_dumps(previous.get(s, [])) for s in ids]),
        pl.Series("stations", [stations[s] for s in ids], dtype=pl.String),
        as_times("sent_at", _spread(register_us(contest), SECOND, seats.height)),
    )  # fmt: skip


def candidates(contest: Contest) -> pl.DataFrame:
    """Return a row a nomination."""
    nominated = to_us(opens_at(contest.polling_date) - NOMINATED_BEFORE)
    rows = contest.candidates
    return rows.select(
        "candidate_id", "constituency_id", "name", "party_id", "party_name",
        "party_abbreviation", "is_incumbent", "ballot_order",
        pl.lit(None, pl.String).alias("image_url"),
        as_times("nominated_at", np.full(rows.height, nominated)),
        as_times("sent_at", _spread(register_us(contest) + SECOND, SECOND, rows.height)),
    )  # fmt: skip


def voters(contest: Contest, electorate: Electorate) -> pl.DataFrame:
    """Return a row a name on the register; its key is made when it is sent."""
    count = len(electorate.station)
    return pl.DataFrame(
        [
            *_station_columns(contest, electorate, electorate.station),
            pl.Series("elector_no", electorate.elector_no),
            *_attributes(electorate, slice(None)),
            as_times("registered_at", electorate.registered_us),
            as_times("sent_at", _spread(register_us(contest) + 3 * SECOND, VOTERS_TAKE_US, count)),
        ]
    )


def ballots_issued(contest: Contest, electorate: Electorate, issued: Issued) -> pl.DataFrame:
    """Return a row a paper issued."""
    elector_no = pl.Series("elector_no", issued.elector_no)
    return pl.DataFrame(
        [
            *_station_columns(contest, electorate, issued.station),
            pl.Series("issue_no", issued.issue_no),
            elector_no.set(pl.Series(issued.method == TENDERED), None),
            labels("method", issued.method, METHOD),
            *_attributes(electorate, issued.elector),
            as_times("issued_at", issued.issued_us),
            as_times("sent_at", issued.issued_us + SENT_AFTER_US),
        ]
    )


def votes(contest: Contest, counted: Counted, batch_ids: pl.Series) -> pl.DataFrame:
    """Return a row a paper counted."""
    seat = enum_of(contest.seats["constituency_id"])
    return pl.DataFrame(
        [
            labels("constituency_id", counted.batch_seat[counted.batch], seat),
            labels("count_batch_id", counted.batch, enum_of(batch_ids)),
            pl.Series("paper_no", counted.paper_no),
            labels("candidate_id", counted.candidate, enum_of(contest.candidates["candidate_id"])),
            labels("rejection_reason", counted.rejection, REJECTION),
            as_times("counted_at", counted.batch_counted_us[counted.batch]),
            as_times("sent_at", counted.sent_us),
        ]
    )


def batch_ids(contest: Contest, counted: Counted) -> pl.Series:
    """Return the ids of all count batches."""
    seats = contest.seats["constituency_id"].to_list()
    ids = [
        count_batch_id(seats[row], number)
        for row, number in zip(
            counted.batch_seat.tolist(), counted.batch_number.tolist(), strict=True
        )
    ]
    return pl.Series("id", ids, dtype=pl.String)


def exit_poll(contest: Contest, answers: Answers) -> pl.DataFrame:
    """Return a row an answer, sent as the polls close."""
    count = len(answers.region)
    close = to_us(closes_at(contest.polling_date))
    by_number = np.argsort(answers.answer_no, kind="stable")  # all regions at once
    return pl.DataFrame(
        [
            labels("region_id", answers.region, enum_of(answers.regions)),
            pl.Series("answer_no", answers.answer_no),
            labels("age_band", answers.age, AGE),
            labels("sex", answers.sex, SEX),
            labels("education", answers.education, EDUCATION),
            labels("party_abbreviation", answers.party, enum_of(answers.parties)),
            pl.Series("refused", answers.party < 0),
        ]
    )[by_number].with_columns(
        as_times("sent_at", _spread(close + SECOND, EXIT_POLL_TAKES_US, count))
    )


def station_accounts(
    contest: Contest, electorate: Electorate, issued: Issued, seed: int
) -> pl.DataFrame:
    """Return a row a station: how many papers it issued, tendered ones included."""
    stations = electorate.stations
    counts = np.bincount(issued.station, minlength=stations.height)
    closes = np.array([to_us(closes_at(day)) for day in contest.seats["polls_on"]])
    closed = closes[electorate.station_seat]
    after = stream(seed, "sealing").integers(*STATIONS_SEAL_AFTER_US, stations.height)
    sealed = (closed + after) // SECOND * SECOND
    return _accounts(
        "station", stations["polling_station_id"], stations["constituency_id"], counts, sealed
    )


def batch_accounts(contest: Contest, counted: Counted, ids: pl.Series) -> pl.DataFrame:
    """Return a row a count batch: how many papers were put into it."""
    seats = contest.seats["constituency_id"].gather(counted.batch_seat)
    return _accounts("count_batch", ids, seats, counted.batch_size, counted.batch_counted_us)


def exit_poll_accounts(contest: Contest, answers: Answers) -> pl.DataFrame:
    """Return a row a region: how many answers there are."""
    sealed = np.full(len(answers.regions), to_us(closes_at(contest.polling_date)))
    return _accounts("exit_poll", pl.Series(answers.regions), None, answers.counts, sealed)


def dimension_accounts(contest: Contest, dimensions: dict[str, int]) -> pl.DataFrame:
    """Return a row a topic of dimensions: how many there are in all."""
    sealed = np.full(len(dimensions), register_us(contest))
    counts = np.array(list(dimensions.values()))
    return _accounts("dimensions", pl.Series(list(dimensions)), None, counts, sealed)


def _accounts(
    kind: str, ids: pl.Series, seats: pl.Series | None, counts: np.ndarray, sealed: np.ndarray
) -> pl.DataFrame:
    none = pl.Series([None] * len(ids), dtype=pl.String)
    return pl.DataFrame(
        [
            pl.Series("kind", [kind] * len(ids), dtype=pl.String),
            ids.rename("id"),
            (none if seats is None else seats).rename("constituency_id"),
            pl.Series("count", counts.astype(np.int64)),
            pl.Series("version", np.ones(len(ids), dtype=np.int64)),
            as_times("sealed_at", sealed),
            as_times("sent_at", sealed),
        ]
    )


def declarations(rows: pl.DataFrame) -> pl.DataFrame:
    """Return declarations with the time they are sent."""
    return rows.with_columns((pl.col("declared_at") + timedelta(seconds=5)).alias("sent_at"))


def _station_columns(
    contest: Contest, electorate: Electorate, station: np.ndarray
) -> tuple[pl.Series, pl.Series]:
    stations = enum_of(electorate.stations["polling_station_id"])
    return (
        labels(
            "constituency_id",
            electorate.station_seat[station],
            enum_of(contest.seats["constituency_id"]),
        ),
        labels("polling_station_id", station, stations),
    )


def _attributes(
    electorate: Electorate, electors: np.ndarray | slice
) -> tuple[pl.Series, pl.Series, pl.Series]:
    return (
        labels("age_band", electorate.age[electors], AGE),
        labels("sex", electorate.sex[electors], SEX),
        labels("education", electorate.education[electors], EDUCATION),
    )


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
