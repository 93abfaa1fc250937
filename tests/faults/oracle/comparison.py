"""Two frames of one table -> the differences between them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import polars as pl

_JSON = {"previous_shares", "stations", "votes"}
MOST_LINES = 20  # of one table; the rest is counted
_SHOWN = 120  # characters of a value


def compare(
    table: str, key: Sequence[str], expected: pl.DataFrame, actual: pl.DataFrame
) -> list[str]:
    """Return a line a difference: table, key, column, expected and actual. Keys must be unique.

    Args:
        table: Name that the lines begin with.
        key: Columns that tell rows apart; none for a table of one row.
        expected: Rows that must be there, and the columns that are compared.
        actual: Rows that are there, with at least these columns.
    """
    if not key:
        key = ("row",)
        expected, actual = (f.with_columns(row=pl.lit(1, pl.Int64)) for f in (expected, actual))
    columns = [name for name in expected.columns if name not in key]
    expected = expected.select(*key, *columns)
    actual = actual.select(pl.col(n).cast(t) for n, t in expected.schema.items())
    return _short(table, _differences(table, list(key), columns, expected, actual))


def _differences(
    table: str, key: list[str], columns: list[str], expected: pl.DataFrame, actual: pl.DataFrame
) -> Iterator[str]:
    for *values, n in actual.group_by(key).len().filter(pl.col("len") > 1).sort(key).iter_rows():
        yield f"{_at(table, key, values)}: expected once, actual {n} times"
    for row in expected.join(actual, on=key, how="anti").sort(key).iter_rows(named=True):
        where = _at(table, key, [row[k] for k in key])
        yield f"{where}: expected {_say(row, columns)}, actual none"
    for row in actual.join(expected, on=key, how="anti").sort(key).iter_rows(named=True):
        where = _at(table, key, [row[k] for k in key])
        yield f"{where}: expected none, actual {_say(row, columns)}"
    both = expected.join(actual.unique(key), on=key, suffix=" actual")
    for name in columns:
        other = f"{name} actual"
        wrong = both.filter(pl.col(name).ne_missing(pl.col(other))).sort(key)
        for *values, want, have in wrong.select(*key, name, other).iter_rows():
            where = _at(table, key, values)
            yield f"{where}: {name} expected {_show(want)}, actual {_show(have)}"


def _at(table: str, key: list[str], values: Sequence[Any]) -> str:
    return table if key == ["row"] else f"{table} {' '.join(map(str, values))}"


def _say(row: dict[str, Any], columns: list[str]) -> str:
    said = ", ".join(f"{name}={_show(row[name])}" for name in columns[:6])
    return f"a row ({said})" if said else "a row"


def _show(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _short(table: str, lines: Iterator[str]) -> list[str]:
    found = list(lines)
    more = len(found) - MOST_LINES
    return found if more <= 0 else [*found[:MOST_LINES], f"{table}: and {more:,} differences more"]


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Return JSON columns as canonical text: spaces and the order of names say nothing."""

    def canonical(text: str) -> str:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode()

    columns = [c for c in frame.columns if c in _JSON and frame.schema[c] == pl.String]
    return frame.with_columns(pl.col(columns).map_elements(canonical, return_dtype=pl.String))
