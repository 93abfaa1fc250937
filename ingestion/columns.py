"""Arrow schemas of the raw tables, from their declaration (pure)."""

from __future__ import annotations

import pyarrow as pa

from election.tables import RAW, RAW_REJECTED, Column, Table, Type

_ARROW = {
    Type.TEXT: pa.string(),
    Type.BIGINT: pa.int64(),
    Type.DOUBLE: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Type.BYTES: pa.binary(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """Return a table's columns as Arrow has them."""
    return pa.schema(map(arrow_field, table.columns))


def arrow_field(column: Column) -> pa.Field:
    """Return a column as Arrow has it."""
    return pa.field(column.name, _ARROW[column.type], nullable=column.nullable)


SCHEMAS: dict[str, pa.Schema] = {topic: arrow_schema(table) for topic, table in RAW.items()}
REJECTED_SCHEMA: pa.Schema = arrow_schema(RAW_REJECTED)
