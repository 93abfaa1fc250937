"""A warehouse without a database: the page's own SQL, run by polars on a scene's marts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import polars as pl
from support.scene_marts import NIGHT_ID, declared_columns, marts_of
from support.scenes import Scene

from dashboard.queries import Query
from dashboard.warehouse import Answer

_TYPES = {
    "text": pl.String,
    "bigint": pl.Int64,
    "double precision": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "timestamp with time zone": pl.Datetime("us", "UTC"),
}


class FakeWarehouse:
    """Answers as the warehouse does; `scene` None stands for marts that are not built."""

    def __init__(self, scene: Scene | None, *, last_read_at: datetime | None = None) -> None:
        self._gone = last_read_at is not None
        self._read_at = last_read_at or datetime.now(UTC)
        self._context = pl.SQLContext(frames(scene) if scene else {}, eager=True)
        self._is_built = scene is not None

    def ask(self, query: Query, *, since: object = None, **parameters: str | int) -> Answer:
        asked = set(re.findall(r"marts\.(\w+)", query.sql))
        if not self._is_built or not asked <= set(self._context.tables()):
            return Answer(pl.DataFrame(), self._read_at, is_current=True, exists=False)
        frame = self._context.execute(bound(query.sql, parameters))
        return Answer(frame, self._read_at, is_current=not self._gone)


class NoDatabase:
    """A warehouse that never answered."""

    def ask(self, query: Query, *, since: object = None, **parameters: str | int) -> Answer:
        return Answer(pl.DataFrame())


def bound(text: str, parameters: dict[str, Any]) -> str:
    """Put test values into a query; only tests may do this."""
    literal = {k: f"'{v}'" if isinstance(v, str) else str(v) for k, v in parameters.items()}
    return re.sub(r"%\((\w+)\)s", lambda m: literal[m[1]], text).replace("marts.", "")


def frames(scene: Scene) -> dict[str, pl.DataFrame]:
    """Return every mart as a frame with all the columns that dbt declares."""
    columns = declared_columns()
    return {
        mart: pl.DataFrame(
            [{"night_id": NIGHT_ID, **row} for row in rows],
            schema={name: _TYPES[kind] for name, kind in columns[mart].items()},
        )
        for mart, rows in marts_of(scene).items()
    }
