"""What is on the wire, said a second time: each topic's fields, and what every field must be.

Written from the contracts alone, so that a slip in the pipeline's own declaration shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,6})?Z", re.ASCII)
_ID = r"[A-Z][A-Za-z0-9_.\-]*"


class NotThisError(ValueError):
    """A value is not what its field must be."""


@dataclass(frozen=True)
class Kind:
    """Reads a JSON value into a column of `column`; raises NotThisError."""

    read: Callable[[Any], Any]
    column: Any


def _whole(value: Any) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise NotThisError
    return value


def _fraction(value: Any) -> float:
    if type(value) not in (int, float):
        raise NotThisError
    return float(value)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise NotThisError
    return value


def _text(value: Any) -> str:
    if type(value) is not str or "\x00" in value:  # PostgreSQL cannot hold U+0000
        raise NotThisError
    return value


def micros(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


@lru_cache(1 << 16)
def _moment_of(text: str) -> int:
    if not _TIME.fullmatch(text):
        raise NotThisError
    try:
        return micros(datetime.fromisoformat(text))
    except ValueError:
        raise NotThisError from None


def _moment(value: Any) -> int:
    if type(value) is not str:
        raise NotThisError
    return _moment_of(value)


def _like(pattern: str) -> Kind:
    fits = lru_cache(1 << 16)(lambda text: re.fullmatch(pattern, text) is not None)

    def read(value: Any) -> str:
        if not fits(_text(value)):
            raise NotThisError
        return str(value)

    return Kind(read, pl.String)


def _one_of(*choices: str) -> Kind:
    closed = frozenset(choices)

    def read(value: Any) -> str:
        if type(value) is not str or value not in closed:
            raise NotThisError
        return value

    return Kind(read, pl.String)


def _list_of(**parts: Kind) -> Kind:
    def read(value: Any) -> list[dict[str, Any]]:
        if type(value) is not list or not all(type(item) is dict for item in value):
            raise NotThisError
        if any(item.get(name) is None for item in value for name in parts):
            raise NotThisError
        return [{name: kind.read(item[name]) for name, kind in parts.items()} for item in value]

    return Kind(read, pl.Object)


INT, FLOAT, FLAG = Kind(_whole, pl.Int64), Kind(_fraction, pl.Float64), Kind(_flag, pl.Boolean)
TEXT, ID, MOMENT = Kind(_text, pl.String), _like(_ID), Kind(_moment, pl.Int64)
AGE = _one_of("18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+")
SEX = _one_of("female", "male")
EDUCATION = _one_of("degree", "a_level", "apprenticeship", "gcse", "none", "other")
PAPER_REASONS = ("want_of_official_mark", "too_many_votes", "identifies_voter", "unmarked_or_void")

_HEAD = {
    "schema_version": INT,
    "election_id": _like(r"[a-z]+\.[0-9\-]+"),
    "produced_at": MOMENT,
    "sent_at": MOMENT,
}
_PERSON = {"age_band": AGE, "sex": SEX, "education": EDUCATION}
_OF_ELECTORS = frozenset({"voter_key", "elector_no", "issue_no", "polling_station_id"})
_OF_CHOICES = frozenset(
    {"candidate_id", "party_id", "party_abbreviation", "rejection_reason", "vote", "choice"}
)


@dataclass(frozen=True)
class Event:
    """One topic's messages: every field must be there but for `optional` ones."""

    own: Mapping[str, Kind]
    identity: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    happened: str | None = None
    can_be_late: bool = False
    names_a_choice: bool = False
    secret: frozenset[str] = frozenset()
    contradicts: Callable[[Mapping[str, Any]], bool] = field(default=lambda _row: False)

    @property
    def fields(self) -> dict[str, Kind]:
        """The envelope, then the event's own."""
        return {**_HEAD, **self.own}


EVENTS: dict[str, Event] = {
    "constituencies": Event(
        {
            "constituency_id": ID, "name": TEXT, "region_id": ID, "region_name": TEXT,
            "nation": TEXT, "electorate": INT, "previous_winner": TEXT,
            "previous_shares": _list_of(party_abbreviation=TEXT, share=FLOAT),
            "hex_q": INT, "hex_r": INT,
            "stations": _list_of(polling_station_id=ID, name=TEXT, registered=INT),
        },
        identity=("constituency_id",),
        optional=frozenset({"previous_winner", "hex_q", "hex_r"}),
    ),
    "candidates": Event(
        {
            "candidate_id": ID, "constituency_id": ID, "name": TEXT,
            "party_id": _like(rf"x-.+|{_ID}"), "party_name": TEXT, "party_abbreviation": TEXT,
            "is_incumbent": FLAG, "ballot_order": INT, "image_url": TEXT, "nominated_at": MOMENT,
        },
        identity=("candidate_id",),
        optional=frozenset({"image_url"}),
        happened="nominated_at",
    ),
    "voters": Event(
        {
            "voter_key": _like("[0-9a-f]{32}"), "constituency_id": ID, "polling_station_id": ID,
            "elector_no": INT, **_PERSON, "registered_at": MOMENT,
        },
        identity=("polling_station_id", "elector_no"),
        happened="registered_at",
        secret=_OF_CHOICES,
    ),
    "ballots_issued": Event(
        {
            "constituency_id": ID, "polling_station_id": ID, "issue_no": INT, "elector_no": INT,
            "method": _one_of("in_person", "postal", "proxy", "tendered"), **_PERSON,
            "issued_at": MOMENT,
        },
        identity=("polling_station_id", "issue_no"),
        optional=frozenset({"elector_no"}),
        happened="issued_at",
        can_be_late=True,
        secret=_OF_CHOICES | {"voter_key"},
        contradicts=lambda row: row["method"] != "tendered" and row["elector_no"] is None,
    ),
    "votes": Event(
        {
            "constituency_id": ID, "count_batch_id": ID, "paper_no": INT, "candidate_id": ID,
            "rejection_reason": _one_of(*PAPER_REASONS), "counted_at": MOMENT,
        },
        identity=("count_batch_id", "paper_no"),
        optional=frozenset({"candidate_id", "rejection_reason"}),
        happened="counted_at",
        can_be_late=True,
        names_a_choice=True,
        secret=_OF_ELECTORS | frozenset(_PERSON),
        contradicts=lambda row: None not in (row["candidate_id"], row["rejection_reason"]),
    ),
    "ballot_accounts": Event(
        {
            "kind": _one_of("station", "count_batch", "exit_poll", "dimensions"),
            "id": _like(rf"{_ID}|constituencies|candidates|voters"), "constituency_id": ID,
            "count": INT, "version": INT, "sealed_at": MOMENT,
        },
        identity=("kind", "id", "version"),
        optional=frozenset({"constituency_id"}),
        happened="sealed_at",
        can_be_late=True,
        contradicts=lambda row: row["constituency_id"] is None
        and row["kind"] in ("station", "count_batch"),
    ),
    "declarations": Event(
        {
            "constituency_id": ID, "version": INT, "status": _one_of("declared", "corrected"),
            "electorate": INT, "rejected_ballots": INT,
            "votes": _list_of(candidate_id=ID, vote_count=INT), "winner_candidate_id": ID,
            "is_tie": FLAG, "result_summary": TEXT, "declared_at": MOMENT, "source": TEXT,
            "reason": TEXT,
        },
        identity=("constituency_id", "version"),
        optional=frozenset({"winner_candidate_id", "result_summary", "reason"}),
        happened="declared_at",
        can_be_late=True,
        names_a_choice=True,
        secret=_OF_ELECTORS | frozenset(_PERSON),
    ),
    "exit_poll": Event(
        {
            "region_id": ID, "answer_no": INT, **_PERSON, "party_abbreviation": TEXT,
            "refused": FLAG,
        },
        identity=("region_id", "answer_no"),
        optional=frozenset({*_PERSON, "party_abbreviation"}),
        names_a_choice=True,
        secret=_OF_ELECTORS | {"constituency_id"},
        contradicts=lambda row: (row["party_abbreviation"] is None) != row["refused"],
    ),
}  # fmt: skip
