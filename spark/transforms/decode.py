"""SQL text that decides whether a message decodes, as strictly as the contract says.

Spark's from_json is lenient: it ignores what follows the object, takes numbers for strings and
repairs bad UTF-8. Each expression here closes one of those doors.
"""

from __future__ import annotations

from uuid import uuid4

from election.events import Event, Field, Kind
from spark.schemas import CORRUPT, event_ddl, is_free_text

_STRICT = (
    "map('allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false', "
    f"'allowUnquotedControlChars', 'false', 'columnNameOfCorruptRecord', '{CORRUPT}')"
)
_RFC3339 = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z"
# Drawn anew in each process: no message can carry it to fake the end of its object.
_END = uuid4().hex
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"


def from_json(event: Event, text: str = "text") -> str:
    """Return the expression that decodes a message of an event into a struct."""
    return f"from_json({text}, '{event_ddl(event)}', {_STRICT})"


def matches(value: str, pattern: str) -> str:
    """Return the expression for a full match: `$` would let a trailing newline pass."""
    return rf"{value} rlike r'(?d)^(?:{pattern})\z'"


def micros(value: str) -> str:
    """Return microseconds since 1970 of an RFC 3339 text, null if it is not one."""
    cast = f"unix_micros(try_cast({value} as timestamp))"
    return f"case when {matches(value, _RFC3339)} then {cast} end"


def is_one_object(text: str = "text") -> str:
    """Return the expression: valid UTF-8, one JSON object, nothing after it.

    A text whose first closing brace is its last character cannot have anything after its object;
    the others are read again inside an array, whose last element must come out whole.
    """
    # One pass of a possessive class: three string searches, each byte by byte, cost thrice that.
    plain = rf"{text} rlike r'^[{{][^}}\\]*+[}}]\z'"
    ended = f"""get_json_object(concat('[', {text}, ',"{_END}"]'), '$[1]') = '{_END}'"""
    opened = rf"{text} rlike r'^[ \t\r\n]*[{{]'"
    unpaired = (
        rf"regexp_replace(regexp_replace({text}, r'\\\\', ''), r'{_PAIR}', '') "
        r"rlike r'\\u[dD][89a-fA-F]'"
    )
    slow = f"{opened} and {ended} and not {unpaired}"
    return f"is_valid_utf8({text}) and (case when {plain} then true else {slow} end)"


def fields_are_valid(event: Event, struct: str, known: dict[str, str] | None = None) -> str:
    """Return the expression: declared types, required fields, closed sets and patterns.

    Args:
        event: The event whose fields are checked.
        struct: Name of the decoded struct.
        known: Per field, a cheap expression that implies its pattern matches.
    """
    known = known or {}
    checks = [f"{struct}.{CORRUPT} is null"]
    for field in event.fields:
        if field.kind is not Kind.TIMESTAMP:  # their micros are checked once, by name
            checks.append(_field(field, f"{struct}.{field.name}", known.get(field.name)))
    return " and ".join(check for check in checks if check)


def text_of(variant: str) -> str:
    """Return the expression for the string that a free-text field holds."""
    return f"cast({variant} as string)"


def names_a_secret(event: Event, struct: str) -> str:
    """Return the expression: a field that secrecy forbids has a value."""
    names = sorted(event.forbidden_fields)
    return " or ".join(f"{struct}.{name} is not null" for name in names) or "false"


def _field(field: Field, value: str, known: str | None = None) -> str:
    inner = _typed(field, value)
    if known and field.pattern:
        inner = f"({known} or {inner})"
    if not field.required:
        absent = f"{value} is null"
        if is_free_text(field):
            absent += f" or is_variant_null({value})"
        return f"({absent} or {inner})" if inner else ""
    present = f"{value} is not null"
    return f"{present} and {inner}" if inner else present


def _typed(field: Field, value: str) -> str:
    if field.values:
        return f"{value} in ({', '.join(repr(v) for v in field.values)})"
    if field.pattern:
        return matches(value, field.pattern)
    if is_free_text(field):
        # PostgreSQL has no text with U+0000 in it: refused on both paths.
        no_zero = f"instr({text_of(value)}, chr(0)) = 0"
        return f"schema_of_variant({value}) = 'STRING' and {no_zero}"
    if field.kind is Kind.FLOAT:
        return f"abs({value}) < double('Infinity')"
    if field.kind is Kind.LIST:
        inner = [text for f in field.fields if (text := _field(f, f"x.{f.name}"))]
        return f"forall({value}, x -> {' and '.join(['x is not null', *inner])})"
    return ""
