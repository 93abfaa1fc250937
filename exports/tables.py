"""A mart as a file: CSV, Parquet or JSON, with label, status, as-of time and licence inside."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from exports.about import About

# Beside the rows, so that every reader of CSV keeps them; a comment would be taken for a row.
CSV_COLUMNS = ("label", "status", "as_of", "is_last_good", "licence")
# A spreadsheet takes a text that begins so for a formula, and runs it.
FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True)
class Table:
    """A mart's rows; `columns` are names with PostgreSQL's types, in order."""

    name: str
    columns: Mapping[str, str]
    rows: list[dict[str, Any]]


def to_csv(table: Table, about: About) -> bytes:
    """Return a head line and a line a row; `export_…` columns say what the file is."""
    fields = about.fields()
    head = {f"export_{name}": fields[name] for name in CSV_COLUMNS}
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [*table.columns, *head], lineterminator="\n")
    writer.writeheader()
    for row in table.rows:
        writer.writerow({name: _cell(value) for name, value in (row | head).items()})
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return a value as `text_of`; a text that would be a formula has an apostrophe before it."""
    if isinstance(value, str) and value.startswith(FORMULA) and value != "-":
        return f"'{value}"
    return text_of(value)


def text_of(value: Any) -> Any:
    """Return a value as CSV has it: times in UTC with Z, true and false in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value


def to_parquet(table: Table, about: About) -> bytes:
    """Return typed columns; the file's key-value metadata says what the file is."""
    from exports.parquet import file_of  # pyarrow: not for who keeps the result files

    fields = {"mart": table.name, **about.fields()}
    said = {name: str(text_of(value)) for name, value in fields.items()}
    return file_of(table.columns, table.rows, said)


def to_json(table: Table, about: About) -> bytes:
    """Return `{"about": …, "rows": […]}`."""
    return json_bytes({"about": {"mart": table.name, **about.fields()}, "rows": table.rows})


def json_bytes(document: Any) -> bytes:
    """Return JSON with a line's end; times are written as they are zoned, UTC with Z."""
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


FORMATS: dict[str, Callable[[Table, About], bytes]] = {
    "csv": to_csv,
    "parquet": to_parquet,
    "json": to_json,
}
