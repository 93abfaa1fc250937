"""Messages of a topic -> typed columns, quickly: the one decoder of every path (pure).

Plain messages (ASCII, no escapes, declared fields alone) are decoded in blocks and checked by
column. Whatever is not surely clean goes to `election.judge`, message by message; what the
fast way lets through is what `judge` would let through, value for value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from election.events import SCHEMA_VERSION, Event, Field, Kind
from election.judge import INT_MAX, INT_MIN, has_only_scalars, judge
from election.topics import event_of

BLOCK = 1024  # messages decoded together: their strings then stay in the processor's cache
TIME_LENGTH = len("2017-06-08T21:00:00.000000Z")
TIME_MARKS = ((10, "T"), (19, "."), (26, "Z"))
FIRST_TIME = pa.scalar(datetime(1, 1, 1, tzinfo=UTC), pa.timestamp("us", tz="UTC"))


@dataclass(frozen=True)
class Typed:
    """What a topic's values are: those that decode as columns, the others with a reason.

    `at` has the positions of `columns`' rows (one array a field of the event), `rejected` those
    of the rest; together they are every value once.
    """

    at: np.ndarray
    columns: dict[str, Any]
    rejected: list[tuple[int, str]]


class TypedDecoder:
    """Decodes one topic's values for one election."""

    def __init__(self, topic: str, *, election_id: str, closes_at: datetime) -> None:
        self._topic = topic
        self._event = event_of(topic)
        self._closes_at = closes_at
        self._fast = (
            _FastDecoder(topic, election_id=election_id, closes_at=closes_at)
            if has_only_scalars(self._event)
            else None
        )

    def decode(self, values: Sequence[bytes | None]) -> Typed:
        """Return every value as a row of columns or with the reason against it."""
        found, columns = self._fast.decode(values) if self._fast else _nothing()
        rest = np.ones(len(values), dtype=bool)
        rest[found] = False
        judged: list[tuple[int, dict[str, Any]]] = []
        rejected: list[tuple[int, str]] = []
        for at in np.flatnonzero(rest).tolist():
            verdict = judge(self._topic, values[at], closes_at=self._closes_at)
            if isinstance(verdict, str):
                rejected.append((at, verdict))
            else:
                judged.append((at, verdict))
        if judged or not columns:
            found, columns = self._with_judged(found, columns, judged)
        return Typed(found, columns, rejected)

    def _with_judged(
        self, found: np.ndarray, columns: Mapping[str, Any],
        judged: Sequence[tuple[int, dict[str, Any]]],
    ) -> Found:  # fmt: skip
        at = np.concatenate([found, np.array([at for at, _ in judged], dtype=np.int64)])
        both = {}
        for field in self._event.fields:
            late = pa.array([row[field.name] for _, row in judged], COLUMN_TYPES[field.kind])
            early = columns.get(field.name)
            both[field.name] = late if early is None else pa.concat_arrays([early, late])
        return at, both


COLUMN_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.STRING: pa.string(),
    Kind.INT: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOL: pa.bool_(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Kind.LIST: pa.string(),  # canonical JSON
}


Found = tuple[np.ndarray, dict[str, pa.Array]]


def _nothing() -> Found:
    return np.empty(0, dtype=np.int64), {}


class _FastDecoder:
    """Finds the surely clean messages of a batch, and their columns."""

    def __init__(self, topic: str, *, election_id: str, closes_at: datetime) -> None:
        event = event_of(topic)
        self._constants = {"schema_version": SCHEMA_VERSION, "election_id": election_id}
        self._contradicts = CONTRADICTS.get(topic)
        self._not_before = closes_at if event.names_a_choice else None
        decoder = msgspec.json.Decoder(wire_struct(event, self._constants))
        self._decode_one = decoder.decode
        self._decode_lines = decoder.decode_lines
        self._columns = [(f, attrgetter(f.name), _gather(f)) for f in event.fields
                         if f.name not in self._constants]  # fmt: skip

    def decode(self, values: Sequence[bytes | None]) -> Found:
        """Return positions of clean messages and one array a field."""
        positions: list[np.ndarray] = []
        blocks: list[list[Any]] = []
        for start in range(0, len(values), BLOCK):
            at, structs = self._block(values[start : start + BLOCK])
            if structs:
                positions.append(at + start)
                blocks.append([gather(map(get, structs)) for _, get, gather in self._columns])
        if not blocks:
            return _nothing()
        at = np.concatenate(positions)
        parts = {field.name: part for (field, _, _), part
                 in zip(self._columns, zip(*blocks, strict=True), strict=True)}  # fmt: skip
        return self._clean(at, parts)

    def _block(self, values: Sequence[bytes | None]) -> tuple[np.ndarray, list[Any]]:
        """Return what decodes; one look at all of them when nothing is the matter."""
        if None not in values:
            lines = b"\n".join(values)  # type: ignore[arg-type]
            if _is_plain(lines) and _line_ends(lines) == len(values) - 1:
                try:
                    structs = self._decode_lines(lines)
                except msgspec.DecodeError:
                    structs = []
                if len(structs) == len(values):
                    return np.arange(len(values)), structs
        return self._one_by_one(values)

    def _one_by_one(self, values: Iterable[bytes | None]) -> tuple[np.ndarray, list[Any]]:
        at, structs = [], []
        for position, value in enumerate(values):
            if value is not None and _is_plain(value):
                try:
                    structs.append(self._decode_one(value))
                except msgspec.DecodeError:
                    continue
                at.append(position)
        return np.array(at, dtype=np.int64), structs

    def _clean(self, at: np.ndarray, parts: dict[str, Any]) -> Found:
        """Check by column; leave out the rows that are not surely clean."""
        suspicious = np.zeros(len(at), dtype=bool)
        columns = {name: pa.repeat(value, len(at)) for name, value in self._constants.items()}
        for field, _, _ in self._columns:
            if field.kind is Kind.TIMESTAMP:
                columns[field.name], bad = parse_times("\n".join(parts[field.name]), len(at))
                suspicious |= bad
                continue
            columns[field.name] = pa.concat_arrays(parts[field.name])
            if field.pattern is not None:
                suspicious |= ~_matches(columns[field.name], field.pattern)
        if self._not_before is not None:
            suspicious |= _mask(pc.less(columns["sent_at"], self._not_before))
        if self._contradicts:
            suspicious |= _mask(self._contradicts(columns))
        if not suspicious.any():
            return at, columns
        keep = pa.array(~suspicious)
        return at[~suspicious], {name: c.filter(keep) for name, c in columns.items()}


def _gather(field: Field) -> Callable[[Iterable[Any]], Any]:
    """Return what makes a block's values one object: a line of text each, or an array."""
    if field.kind is Kind.TIMESTAMP:
        return "\n".join
    return lambda values: pa.array(list(values), _WIRE_ARROW[field.kind])


def wire_struct(event: Event, constants: Mapping[str, Any]) -> type[msgspec.Struct]:
    """Return a strict struct of an event: what it decodes is clean but for times and patterns.

    Forbidden fields may only be null, undeclared ones not be there, and `constants` must be as
    given: another version or election is for the exact way to judge.
    """
    fields = [
        (f.name, Literal[constants[f.name]]) if f.name in constants else _struct_field(f)
        for f in event.fields
    ]
    forbidden = [(name, None, None) for name in sorted(event.forbidden_fields)]
    return msgspec.defstruct(
        event.name, [*fields, *forbidden],
        forbid_unknown_fields=True, gc=False, kw_only=True,
    )  # fmt: skip


def _struct_field(field: Field) -> tuple[Any, ...]:
    kind: Any = Literal[field.values] if field.values is not None else _WIRE[field.kind]
    return (field.name, kind) if field.required else (field.name, kind | None, None)


_WIRE: Mapping[Kind, Any] = {
    Kind.STRING: str,
    Kind.INT: Annotated[int, msgspec.Meta(ge=INT_MIN, le=INT_MAX)],
    Kind.BOOL: bool,
    Kind.TIMESTAMP: str,
}
_WIRE_ARROW: Mapping[Kind, pa.DataType] = {
    Kind.STRING: pa.string(),
    Kind.INT: pa.int64(),
    Kind.BOOL: pa.bool_(),
    Kind.TIMESTAMP: pa.string(),
}


def _is_plain(value: bytes) -> bool:
    # UTF-8 and escapes have rules of their own: leave them to the exact way.
    return value.isascii() and b"\\" not in value


def _mask(array: Any) -> np.ndarray:
    return np.asarray(pc.fill_null(array, False))


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    """Say which texts match in full; null does."""
    encoded = pc.dictionary_encode(texts)
    good = pc.match_substring_regex(encoded.dictionary, f"^(?:{pattern})$")
    if pc.all(good).as_py() is not False:
        return np.ones(len(texts), dtype=bool)
    return np.asarray(pc.fill_null(pc.take(good, encoded.indices), True))


def parse_times(lines: str, count: int) -> tuple[pa.Array, np.ndarray]:
    """Return times, one a line of ASCII, and which are not surely one.

    Only `2017-06-08T21:00:00.000000Z` is, with all its digits. A text never holds a line's end.
    """
    if len(lines) != count * (TIME_LENGTH + 1) - 1:
        return _uneven_times(lines)
    letters = np.frombuffer(lines.encode() + b"\n", dtype=np.uint8).reshape(count, TIME_LENGTH + 1)
    if (letters[:, TIME_LENGTH] != _LINE_END).any():
        return _uneven_times(lines)
    letters = letters[:, :TIME_LENGTH].copy()
    bad = np.zeros(count, dtype=bool)
    for position, mark in TIME_MARKS:
        bad |= letters[:, position] != ord(mark)
    letters[bad] = _SOME_TIME
    ends = pa.py_buffer(np.arange(count + 1, dtype=np.int32) * TIME_LENGTH)
    texts = pa.StringArray.from_buffers(count, ends, pa.py_buffer(letters))
    try:
        times = texts.cast(FIRST_TIME.type)
    except pa.ArrowInvalid:
        bad |= ~np.fromiter(map(_is_date, texts.to_pylist()), dtype=bool, count=count)
        letters[bad] = _SOME_TIME
        times = texts.cast(FIRST_TIME.type)
    return times, bad | np.asarray(pc.less(times, FIRST_TIME))


def _uneven_times(lines: str) -> tuple[pa.Array, np.ndarray]:
    """Do the same where not every line is as long as it should be."""
    texts = lines.split("\n")
    uneven = np.fromiter((len(t) != TIME_LENGTH for t in texts), dtype=bool, count=len(texts))
    some_time = _SOME_TIME.tobytes().decode()
    even = (some_time if bad else t for t, bad in zip(texts, uneven, strict=True))
    times, bad = parse_times("\n".join(even), len(texts))
    return times, bad | uneven


_LINE_END = ord("\n")
_SOME_TIME = np.frombuffer(b"1970-01-01T00:00:00.000000Z", dtype=np.uint8)


def _line_ends(lines: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(lines, dtype=np.uint8) == _LINE_END))


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


# What a message's own fields must agree on, over columns; as `election.judge` has it by row.
CONTRADICTS: Mapping[str, Callable[[Mapping[str, pa.Array]], Any]] = {
    "votes": lambda c: pc.and_(pc.is_valid(c["candidate_id"]), pc.is_valid(c["rejection_reason"])),
    "exit_poll": lambda c: pc.xor(pc.is_null(c["party_abbreviation"]), c["refused"]),
    "ballots_issued": lambda c: pc.and_(
        pc.not_equal(c["method"], "tendered"), pc.is_null(c["elector_no"])
    ),
    "ballot_accounts": lambda c: pc.and_(
        pc.is_in(c["kind"], value_set=pa.array(["station", "count_batch"])),
        pc.is_null(c["constituency_id"]),
    ),
}
