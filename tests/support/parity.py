"""Marts of two warehouses, compared to the row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

# What a mart takes from the wall clock when it is read or made.
_CLOCK = frozenset({"as_of", "heartbeat_age_s", "snapshot_at", "messages_per_s", "checked_at"})
RELATIVE = 1e-9


def differences(mart: str, one: Iterable[Row], other: Iterable[Row]) -> Iterator[str]:
    """Yield a line for each row that the other warehouse does not have."""
    left, right = (sorted(map(_plain, rows), key=repr) for rows in (one, other))
    if len(left) != len(right):
        yield f"{mart}: {len(left)} rows and {len(right)}"
    for first, second in zip(left, right, strict=False):
        names = [n for n in first.keys() | second.keys() if not _same(first.get(n), second.get(n))]
        if names:
            told = ", ".join(f"{n} {first.get(n)!r} and {second.get(n)!r}" for n in sorted(names))
            yield f"{mart}: {told}"


def _plain(row: Row) -> Row:
    return {name: _value(row[name]) for name in sorted(row) if name not in _CLOCK}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return value
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return round(value, 9) if isinstance(value, float) else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=RELATIVE)
    return bool(one == other)
