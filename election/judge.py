"""One message at a time, exactly: a row of its raw table, or the reason why not (pure).

This is the authority on what a message is; `election.decode` only spares clean messages the
way through it. Everything follows from `election.events`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from election.events import ACCEPTED_SCHEMA_VERSIONS, Event, Field, Kind
from election.topics import event_of

# RFC 3339 in UTC with up to microseconds; real dates are the calendar's to tell.
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z"
)
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
# The stream's parser stops at this depth too, so both paths refuse the same messages.
MAX_NESTING = 1000

Row = dict[str, Any]
Verdict = Row | str


class MalformedError(ValueError):
    """The message does not decode."""


def judge(topic: str, value: bytes | None, *, closes_at: datetime) -> Verdict:
    """Return the message's row (fields of its event), or the first reason that applies."""
    event = event_of(topic)
    try:
        message = parse(value)
        row = {field.name: read(field, message.get(field.name)) for field in event.fields}
        if CONTRADICTS.get(topic, _never)(row):
            return "malformed"
    except MalformedError:
        return "malformed"
    if row["schema_version"] not in ACCEPTED_SCHEMA_VERSIONS:
        return "unknown_version"
    if any(message.get(name) is not None for name in event.forbidden_fields):
        return "secrecy"
    if event.names_a_choice and row["sent_at"] < closes_at:
        return "before_close"
    return row


def parse(value: bytes | None) -> dict[str, Any]:
    """Return the one JSON object that a value is; the last of repeated keys wins.

    Raises:
        MalformedError: anything else, a null value included.
    """
    if value is None:
        raise MalformedError
    try:
        message = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise MalformedError from None
    if type(message) is not dict or is_too_deep(value):
        raise MalformedError
    return message


def is_too_deep(value: bytes) -> bool:
    """Say whether brackets nest deeper than `MAX_NESTING`, in a value that is JSON."""
    if value.count(b"[") + value.count(b"{") <= MAX_NESTING:
        return False
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", value)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_NESTING


_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def read(field: Field, value: Any) -> Any:
    """Return a field's value as its declared type.

    Raises:
        MalformedError: wrong type, outside the closed set, not of the pattern, null where required.
    """
    if value is None:
        if field.required:
            raise MalformedError
        return None
    return _READERS[field.kind](field, value)


def _string(field: Field, value: Any) -> str:
    # PostgreSQL has no text with U+0000 in it.
    if type(value) is not str or "\0" in value:
        raise MalformedError
    if field.values is not None and value not in field.values:
        raise MalformedError
    if field.pattern is not None and not re.fullmatch(field.pattern, value):
        raise MalformedError
    return value


def _int(_field: Field, value: Any) -> int:
    if type(value) is not int or not INT_MIN <= value <= INT_MAX:
        raise MalformedError
    return value


def _float(_field: Field, value: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise MalformedError
    return float(value)


def _bool(_field: Field, value: Any) -> bool:
    if type(value) is not bool:
        raise MalformedError
    return value


def _time(_field: Field, value: Any) -> datetime:
    if type(value) is not str or not TIME.fullmatch(value):
        raise MalformedError
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise MalformedError from None


def _list(field: Field, value: Any) -> str:
    """Return canonical JSON text: declared fields alone, in their order."""
    if type(value) is not list or not all(type(item) is dict for item in value):
        raise MalformedError
    items = [{part.name: read(part, item.get(part.name)) for part in field.fields}
             for item in value]  # fmt: skip
    return orjson.dumps(items).decode()


_READERS: Mapping[Kind, Callable[[Field, Any], Any]] = {
    Kind.STRING: _string,
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.BOOL: _bool,
    Kind.TIMESTAMP: _time,
    Kind.LIST: _list,
}


def _never(_row: Row) -> bool:
    return False


# What a message's own fields must agree on; `election.decode` has the same over columns.
CONTRADICTS: Mapping[str, Callable[[Row], bool]] = {
    "votes": lambda row: row["candidate_id"] is not None and row["rejection_reason"] is not None,
    "exit_poll": lambda row: (row["party_abbreviation"] is None) != row["refused"],
    "ballots_issued": lambda row: row["method"] != "tendered" and row["elector_no"] is None,
    "ballot_accounts": lambda row: (
        row["kind"] in ("station", "count_batch") and row["constituency_id"] is None
    ),
}


def has_only_scalars(event: Event) -> bool:
    """Say whether the event has scalar fields alone."""
    return all(field.kind not in (Kind.LIST, Kind.FLOAT) for field in event.fields)
