"""Decoded messages -> the class of each: accepted, late, duplicate, or rejected with its reason.

The order of the reasons is the contracts', but that `before_close` ranks after `secrecy`
(docs/adr/0003). What a message's class depends on: itself, its place, the closed dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson
import polars as pl

from .wire import EVENTS, micros

PLACE = ("kafka_partition", "kafka_offset")
COUNTED = pl.col("class").is_in(["accepted", "late"])
_MINUTE = 60_000_000
_HALF_HOUR = 30 * _MINUTE
_UK = "Europe/London"
Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Hours:
    """Opening and close of the poll."""

    opens_at: datetime
    closes_at: datetime

    @property
    def opens_us(self) -> int:
        """Opening, microseconds since 1970."""
        return micros(self.opens_at)

    @property
    def closes_us(self) -> int:
        """Close, microseconds since 1970."""
        return micros(self.closes_at)


def classify(decoded: Frames, hours: Hours) -> dict[str, pl.DataFrame]:
    """Return every topic's frame with `verdict`, `class` and what references were found."""
    return _Night(decoded, hours).classes


class _Night:
    """One pass over a night: dimensions first, then what refers to them."""

    def __init__(self, decoded: Frames, hours: Hours) -> None:
        self._decoded, self._hours = decoded, hours
        self.classes: dict[str, pl.DataFrame] = {}
        self._account_counts = self._dimension_counts()
        self._judge("constituencies", {})
        accepted = self.classes["constituencies"].filter(COUNTED)
        self._seats = accepted.select("constituency_id", seat_region="region_id")
        self._stations = _stations(accepted)
        seat = self._unknown_seat
        self._judge("candidates", {"unknown_seat": seat})
        self._candidates = self.classes["candidates"].filter(COUNTED).select(
            "candidate_id", candidate_seat="constituency_id", candidate_party="party_abbreviation"
        )  # fmt: skip
        elector_exists = pl.col("elector_no").is_between(1, pl.col("registered"))
        self._judge("voters", self._at_station | {"unknown_elector": ~elector_exists})
        self._judge("ballots_issued", self._at_station | {
            "number_out_of_range": ~pl.col("issue_no").is_between(1, 2 * pl.col("registered")),
            "unknown_elector": (pl.col("method") != "tendered") & ~elector_exists,
            "outside_hours": self._outside_hours(),
        })  # fmt: skip
        self._second_ballots()
        self._judge("votes", {
            "unknown_seat": seat,
            "unknown_candidate": pl.col("candidate_id").is_not_null()
            & pl.col("candidate_seat").is_null(),
            "candidate_of_other_seat": pl.col("candidate_seat") != pl.col("constituency_id"),
            "batch_of_other_seat": _batch_of_other_seat("count_batch_id"),
            "no_choice": pl.col("candidate_id").is_null() & pl.col("rejection_reason").is_null(),
            "number_out_of_range": ~pl.col("paper_no").is_between(1, 5000),
        })  # fmt: skip
        self._judge("ballot_accounts", self._accounts())
        self._judge("declarations", self._declarations())
        regions = self._seats["seat_region"].implode()
        parties = self._candidates["candidate_party"].implode()
        self._judge("exit_poll", {
            "unknown_seat": ~pl.col("region_id").is_in(regions),
            "unknown_candidate": ~pl.col("party_abbreviation").is_in(parties),
            "number_out_of_range": ~pl.col("answer_no").is_between(1, 1_000_000),
        })  # fmt: skip

    @property
    def _unknown_seat(self) -> pl.Expr:
        return ~pl.col("constituency_id").is_in(self._seats["constituency_id"].implode())

    @property
    def _at_station(self) -> dict[str, pl.Expr]:
        return {
            "unknown_seat": self._unknown_seat,
            "unknown_station": pl.col("station_seat").is_null(),
            "station_of_other_seat": pl.col("station_seat") != pl.col("constituency_id"),
        }

    def _outside_hours(self) -> pl.Expr:
        """Hours count in local time and on any day from the poll's on: a seat may poll later.

        The queue at the end is let in whatever the method; post arrives before the poll, too.
        """
        at = pl.from_epoch("issued_at", time_unit="us").dt.replace_time_zone("UTC")
        since_midnight = _since_midnight(at.dt.convert_time_zone(_UK))
        opens, closes = (
            _local_us(moment) for moment in (self._hours.opens_at, self._hours.closes_at)
        )
        in_hours = since_midnight.is_between(opens, closes + _HALF_HOUR)
        before = pl.col("issued_at") < self._hours.opens_us
        return pl.when(before).then(pl.col("method") != "postal").otherwise(~in_hours)

    def _dimension_counts(self) -> dict[str, int]:
        """Return how many constituencies and candidates there are, by their newest account."""
        frame = self._decoded["ballot_accounts"].filter(
            pl.col("refusal").is_null(), pl.col("kind") == "dimensions", pl.col("count") >= 0,
            pl.col("version") >= 1, ~_too_early("sealed_at"),
        )  # fmt: skip
        newest = frame.sort("version", "kafka_offset", descending=[True, False])
        return dict(newest.unique("id", keep="first").select("id", "count").iter_rows())

    def _accounts(self) -> dict[str, pl.Expr]:
        kind, regions = pl.col("kind"), self._seats["seat_region"].implode()
        of_seat, of_station = kind.is_in(["station", "count_batch"]), kind == "station"
        counted = ["constituencies", "candidates", "voters"]
        return {
            "malformed": (kind == "dimensions") & ~pl.col("id").is_in(counted),
            "unknown_seat": (of_seat & self._unknown_seat)
            | ((kind == "exit_poll") & ~pl.col("id").is_in(regions)),
            "unknown_station": of_station & pl.col("station_seat").is_null(),
            "station_of_other_seat": of_station
            & (pl.col("station_seat") != pl.col("constituency_id")),
            "batch_of_other_seat": (kind == "count_batch") & _batch_of_other_seat("id"),
            "number_out_of_range": (pl.col("count") < 0) | (pl.col("version") < 1),
        }

    def _declarations(self) -> dict[str, pl.Expr]:
        """Look at who is named: few rows, so one by one."""
        seat_of = dict(self._candidates.select("candidate_id", "candidate_seat").iter_rows())
        columns = ("constituency_id", "votes", "winner_candidate_id")
        unknown, other, negative = [], [], []
        for seat, text, winner in self._decoded["declarations"].select(columns).iter_rows():
            votes = orjson.loads(text) if text else []
            named = [v["candidate_id"] for v in votes] + ([winner] if winner else [])
            unknown.append(any(c not in seat_of for c in named))
            other.append(any(seat_of.get(c) != seat for c in named))
            negative.append(any(v["vote_count"] < 0 for v in votes))
        return {
            "unknown_seat": self._unknown_seat,
            "unknown_candidate": _flags(unknown),
            "candidate_of_other_seat": _flags(other),
            "number_out_of_range": (pl.col("version") < 1) | _flags(negative),
        }

    def _judge(self, topic: str, conditions: Mapping[str, pl.Expr]) -> None:
        event, frame = EVENTS[topic], self._with_references(topic)
        tests = dict(conditions)
        if event.happened:
            tests["too_early"] = _too_early(event.happened)
        if topic in ("constituencies", "candidates", "voters"):
            tests["register_closed"] = pl.col("sent_at") >= self._hours.opens_us
        first = pl.coalesce(
            "refusal",
            *(pl.when(test.fill_null(False)).then(pl.lit(r)) for r, test in tests.items()),
            pl.lit(None, pl.String),
        )
        frame = frame.with_columns(first.alias("verdict")).sort(PLACE)
        if topic in ("constituencies", "candidates"):
            frame = self._close_register(topic, frame)
        is_late = (
            pl.col("sent_at") - pl.col(event.happened) > 10 * _MINUTE
            if event.can_be_late and event.happened
            else pl.lit(False)
        )
        ok = pl.col("verdict").is_null()
        # Of acceptable messages with one identity the first in its partition claims it.
        turn = pl.int_range(pl.len()).over([ok.alias("ok"), *event.identity])
        self.classes[topic] = frame.with_columns(
            pl.when(~ok).then(pl.lit("rejected"))
            .when(turn > 0).then(pl.lit("duplicate"))
            .when(is_late).then(pl.lit("late"))
            .otherwise(pl.lit("accepted")).alias("class")
        )  # fmt: skip

    def _with_references(self, topic: str) -> pl.DataFrame:
        frame = self._decoded[topic]
        if topic in ("voters", "ballots_issued", "ballot_accounts"):
            station = "id" if topic == "ballot_accounts" else "polling_station_id"
            frame = frame.join(self._stations, left_on=station, right_on="polling_station_id",
                               how="left", maintain_order="left")  # fmt: skip
        if topic == "votes":
            frame = frame.join(self._candidates, on="candidate_id", how="left",
                               maintain_order="left")  # fmt: skip
        if topic in ("voters", "ballots_issued", "votes", "candidates"):
            frame = frame.join(self._seats, on="constituency_id", how="left",
                               maintain_order="left")  # fmt: skip
        return frame

    def _close_register(self, topic: str, frame: pl.DataFrame) -> pl.DataFrame:
        """No new identity once as many were accepted as the account says."""
        known = frame.filter(pl.col("verdict").is_null()).unique(
            EVENTS[topic].identity, keep="first", maintain_order=True
        )  # fmt: skip
        most = self._account_counts.get(topic, 0)
        (name,) = EVENTS[topic].identity
        beyond = pl.col(name).is_in(known[most:][name].implode())
        closed = pl.when(pl.col("verdict").is_null() & beyond).then(pl.lit("register_closed"))
        return frame.with_columns(pl.coalesce("verdict", closed).alias("verdict"))

    def _second_ballots(self) -> None:
        """Of ballots that claim their number the first of an elector is the ballot."""
        frame = self.classes["ballots_issued"]
        named = COUNTED & (pl.col("method") != "tendered")
        turn = pl.int_range(pl.len()).over(
            [named.alias("named"), "polling_station_id", "elector_no"]
        )
        frame = frame.with_columns((named & (turn > 0)).alias("second"))
        second = pl.col("second")
        self.classes["ballots_issued"] = frame.with_columns(
            pl.when(second).then(pl.lit("rejected")).otherwise("class").alias("class"),
            pl.when(second).then(pl.lit("double_vote_attempt")).otherwise("verdict")
            .alias("verdict"),
        ).drop("second")  # fmt: skip


def _stations(seats: pl.DataFrame) -> pl.DataFrame:
    """Return stations by id; of two seats that list one, the first accepted has it."""
    found: dict[str, tuple[str, str, str, int]] = {}
    columns = ("constituency_id", "region_id", "stations")
    for seat, region, text in seats.sort(PLACE).select(columns).iter_rows():
        for s in orjson.loads(text):
            found.setdefault(s["polling_station_id"], (seat, region, s["name"], s["registered"]))
    return pl.DataFrame(
        [(station, *rest) for station, rest in found.items()],
        schema={"polling_station_id": pl.String, "station_seat": pl.String,
                "station_region": pl.String, "station_name": pl.String, "registered": pl.Int64},
        orient="row",
    )  # fmt: skip


def stations(classes: Frames) -> pl.DataFrame:
    """Return the accepted stations: id, seat, region, name, names on the register."""
    return _stations(classes["constituencies"].filter(COUNTED))


def _too_early(happened: str) -> pl.Expr:
    return pl.col(happened) > pl.col("sent_at") + 5 * _MINUTE


def _batch_of_other_seat(batch: str) -> pl.Expr:
    number = pl.col(batch).str.strip_prefix(pl.col("constituency_id") + "-B")
    is_prefixed = pl.col(batch).str.starts_with(pl.col("constituency_id") + "-B")
    return ~(is_prefixed & number.str.contains(r"^[0-9]+$"))


def _flags(values: list[bool]) -> pl.Expr:
    return pl.lit(pl.Series(values, dtype=pl.Boolean))


def _since_midnight(local: pl.Expr) -> pl.Expr:
    """Return microseconds since midnight by the clock on the wall."""
    hours, minutes = local.dt.hour().cast(pl.Int64), local.dt.minute().cast(pl.Int64)
    seconds, parts = local.dt.second().cast(pl.Int64), local.dt.microsecond().cast(pl.Int64)
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + parts


def _local_us(moment: datetime) -> int:
    local = moment.astimezone(ZoneInfo(_UK))
    return ((local.hour * 60 + local.minute) * 60 + local.second) * 1_000_000
