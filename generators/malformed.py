"""Messages that a reader must refuse, each made from a genuine one and for one sure reason.

`malform` works on the encoded bytes, because most of these are no values of any type. Secrecy
faults carry made-up values: no elector and no choice. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from election.events import Event, Kind
from election.topics import event_of

Json = dict[str, Any]
_NOBODY = "0" * 32
_ABOVE_ALL_VERSIONS = 99


def _identity(event: Event) -> str:
    return event.identity[0]


def _number(event: Event) -> str:
    """Return the name of a whole number that the event must have."""
    return next(f.name for f in event.own_fields if f.kind is Kind.INT and f.required)


def _replace_number(event: Event, text: bytes, replacement: bytes) -> bytes:
    """Replace the event's number (groups: name, digits) by text that may be no JSON."""
    name = _number(event).encode()
    return re.sub(rb'("%s":)(\d+)' % name, replacement, text, count=1)


# --- not decodable, whatever the topic -----------------------------------------------------------


def _bad_utf8(_: Event, text: bytes) -> bytes:
    return text.replace(b'"election_id":"', b'"election_id":"\xff\xfe', 1)


_BYTES: dict[str, tuple[str, Callable[[Event, bytes], bytes | None]]] = {
    "truncated": ("malformed", lambda _, text: text[: len(text) // 2]),
    "not_json": ("malformed", lambda *_: b"ballot box 17 is on its way"),
    "bad_utf8": ("malformed", _bad_utf8),
    "array": ("malformed", lambda _, text: b"[" + text + b"]"),
    "nested": ("malformed", lambda *_: b"[" * 100 + b"]" * 100),
    "null_value": ("malformed", lambda *_: None),
    "number_as_text": ("malformed", lambda e, text: _replace_number(e, text, rb'\1"\2"')),
    "number_with_fraction": ("malformed", lambda e, text: _replace_number(e, text, rb"\1\2.5")),
    "not_a_number": ("malformed", lambda e, text: _replace_number(e, text, rb"\1NaN")),
}


# --- an object with something wrong in it --------------------------------------------------------


def _set(**fields: object) -> Callable[[Event, Json], None]:
    return lambda _, message: message.update(fields)


def _null_identity(event: Event, message: Json) -> None:
    message[_identity(event)] = None


def _no_identity(event: Event, message: Json) -> None:
    del message[_identity(event)]


def _time_without_zone(_: Event, message: Json) -> None:
    message["sent_at"] = message["sent_at"].removesuffix("Z")


def _no_choice(_: Event, message: Json) -> None:
    message.pop("candidate_id", None)
    message.pop("rejection_reason", None)


def _two_choices(_: Event, message: Json) -> None:
    message.setdefault("candidate_id", f"{message['constituency_id']}-C01")
    message.setdefault("rejection_reason", "unmarked_or_void")


def _answer_and_refusal(_: Event, message: Json) -> None:
    message["refused"] = "party_abbreviation" in message


def _issued_at_night(_: Event, message: Json) -> None:
    """In person at 02:30 UTC of the day it was sent: never polling hours, never too early."""
    message["method"] = "in_person"
    message.setdefault("elector_no", 1)
    message["issued_at"] = f"{message['sent_at'][:10]}T02:30:00.000000Z"


def _in_person_without_number(_: Event, message: Json) -> None:
    message["method"] = "in_person"
    message.pop("elector_no", None)


def _counted_next_year(_: Event, message: Json) -> None:
    year = int(message["counted_at"][:4]) + 1
    message["counted_at"] = f"{year}{message['counted_at'][4:]}"


_Change = Callable[[Event, Json], object]
_OBJECTS: dict[str, tuple[str, _Change]] = {
    "null_field": ("malformed", _null_identity),
    "missing_field": ("malformed", _no_identity),
    "time_without_zone": ("malformed", _time_without_zone),
    "unknown_version": ("unknown_version", _set(schema_version=_ABOVE_ALL_VERSIONS)),
}
_OF_TOPIC: dict[str, dict[str, tuple[str, _Change]]] = {
    "voters": {"choice_on_register": ("secrecy", _set(vote="made up"))},
    "ballots_issued": {
        "choice_on_issue": ("secrecy", _set(choice="made up")),
        "seat_nowhere": ("unknown_seat", _set(constituency_id="X00000000")),
        "issued_at_night": ("outside_hours", _issued_at_night),
        "no_elector_no": ("malformed", _in_person_without_number),
    },
    "votes": {
        "elector_on_vote": ("secrecy", _set(voter_key=_NOBODY)),
        "seat_nowhere": ("unknown_seat", _set(constituency_id="X00000000")),
        "no_choice": ("no_choice", _no_choice),
        "two_choices": ("malformed", _two_choices),
        "counted_next_year": ("too_early", _counted_next_year),
    },
    "ballot_accounts": {"unknown_kind": ("malformed", _set(kind="ward"))},
    "declarations": {"elector_on_declaration": ("secrecy", _set(voter_key=_NOBODY))},
    "exit_poll": {
        "elector_on_answer": ("secrecy", _set(voter_key=_NOBODY)),
        "region_nowhere": ("unknown_seat", _set(region_id="X00000000")),
        "answer_and_refusal": ("malformed", _answer_and_refusal),
    },
}


def malformations_of(topic: str) -> dict[str, str]:
    """Return the ways a message of a topic can be wrong, each with the reason it is refused."""
    ways = {**_BYTES, **_OBJECTS, **_OF_TOPIC.get(topic, {})}
    return {name: reason for name, (reason, _) in ways.items()}


ALL_MALFORMATIONS: tuple[str, ...] = tuple(
    dict.fromkeys([*_BYTES, *_OBJECTS, *(n for ways in _OF_TOPIC.values() for n in ways)])
)


def malform(topic: str, way: str, text: bytes) -> bytes | None:
    """Return an encoded message made wrong in one way; None stands for a null value."""
    event = event_of(topic)
    if way in _BYTES:
        return _BYTES[way][1](event, text)
    _, change = _OBJECTS[way] if way in _OBJECTS else _OF_TOPIC[topic][way]
    message = json.loads(text)
    change(event, message)
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
