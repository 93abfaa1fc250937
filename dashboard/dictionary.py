"""The marts as they are described, and what asks them for their size and their rows. Pure.

`marts.json` is written by `make docs` from the marts' YAML; a contract test holds it to that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dashboard.queries import Query

LISTING = Path(__file__).with_name("marts.json")
COUNTED_S = 30.0  # a page that is read slowly
ORDER_BY = 5  # columns: no mart's key is longer, and keys come first


@dataclass(frozen=True)
class Column:
    """A column: its type in PostgreSQL's words, its unit and what it means."""

    name: str
    type: str
    unit: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A mart: its kind, what it holds, what one row is, from which topics."""

    name: str
    kind: str  # live, snapshots, checks or published
    description: str
    grain: str
    topics: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def types(self) -> dict[str, str]:
        """Return the columns' types by name."""
        return {column.name: column.type for column in self.columns}

    @property
    def size(self) -> Query:
        """Return what asks for the number of rows and the newest as-of time."""
        as_of = "max(as_of)" if "as_of" in self.types else "null"
        sql = f"select count(*) as row_count, {as_of} as as_of from marts.{self.name}"  # noqa: S608
        return Query(f"size_of_{self.name}", sql, COUNTED_S)

    @property
    def rows(self) -> Query:
        """Return what asks for all rows, in the order of the keys."""
        names = list(self.types)
        sql = (
            f"select {', '.join(names)} from marts.{self.name}"  # noqa: S608
            f" order by {', '.join(names[:ORDER_BY])}"
        )
        return Query(f"rows_of_{self.name}", sql, COUNTED_S)


@cache
def marts() -> Mapping[str, Mart]:
    """Return every mart by name."""
    listed = json.loads(LISTING.read_text())
    return {
        each["name"]: Mart(
            **{
                **each,
                "topics": tuple(each["topics"]),
                "columns": tuple(Column(**column) for column in each["columns"]),
            }
        )
        for each in listed
    }
