"""PostgreSQL statements derived from `election.tables`; identifiers come from there alone."""

from __future__ import annotations

from collections.abc import Iterator

from election.tables import ALL_TABLES, ANALYTICS, OPS, RAW, RAW_REJECTED, Table

SCHEMAS = ("raw", "analytics", "ops", "staging", "intermediate", "marts", "published")
WRITTEN_BY_LOADER = ("raw", "analytics", "ops")
WRITTEN_BY_TRANSFORM = ("staging", "intermediate", "marts", "published")
READ_BY_EVERYBODY = ("marts", "published")


def _columns(table: Table) -> str:
    return ",\n  ".join(
        f"{c.name} {c.type.value}{'' if c.nullable else ' not null'}" for c in table.columns
    )


def create_table(table: Table) -> Iterator[str]:
    """Yield `create table if not exists` with its key, partitioning and cluster index."""
    key = ", ".join(table.key)
    partition = f" partition by list ({table.partition_by})" if table.partition_by else ""
    yield (
        f"create table if not exists {table.full_name} (\n  {_columns(table)},\n"
        f"  primary key ({key})\n){partition}"
    )
    if table.cluster_by:
        yield (
            f"create index if not exists {table.name}_cluster on {table.full_name} "
            f"({', '.join(('night_id', *table.cluster_by))})"
        )
    yield f"comment on table {table.full_name} is {_literal(table.description)}"


def create_warehouse() -> Iterator[str]:
    """Yield every statement that brings an empty database to the declared layout.

    Run by the administrator; roles `loader`, `transform` and `reader` must exist.
    """
    for schema in SCHEMAS:
        yield f"create schema if not exists {schema}"
        yield f"revoke all on schema {schema} from public"
    yield "revoke create on schema public from public"
    for table in ALL_TABLES:
        yield from create_table(table)
    for schema in WRITTEN_BY_LOADER:
        yield f"grant usage, create on schema {schema} to loader"
        yield f"grant usage on schema {schema} to transform"
        yield f"grant all on all tables in schema {schema} to loader"
        yield f"grant select on all tables in schema {schema} to transform"
        for role in ("loader", "current_user"):
            yield (
                f"alter default privileges for role {role} in schema {schema} "
                "grant select on tables to transform"
            )
    # dlt adds its load id to the raw tables, and keeps bookkeeping and staging tables beside them
    for table in (*RAW.values(), RAW_REJECTED):
        yield f"alter table {table.full_name} owner to loader"
    yield "create schema if not exists raw_staging authorization loader"
    for schema in WRITTEN_BY_TRANSFORM:
        yield f"grant usage, create on schema {schema} to transform"
        yield f"alter schema {schema} owner to transform"
    yield (
        "grant insert, update, select on ops.dbt_runs, ops.stage_status, ops.table_operations"
        " to transform"
    )
    yield "grant insert on ops.batches, ops.editions to transform"
    for schema in READ_BY_EVERYBODY:
        yield f"grant usage on schema {schema} to reader"
        yield (
            f"alter default privileges for role transform in schema {schema}"
            " grant select on tables to reader"
        )


def create_night_partitions(night_id: str) -> Iterator[str]:
    """Yield a partition of every live table for one night."""
    suffix = partition_suffix(night_id)
    for table in ANALYTICS.values():
        yield (
            f"create table if not exists {table.schema}.{table.name}_{suffix} "
            f"partition of {table.full_name} for values in ({_literal(night_id)}) "
            "with (fillfactor = 60)"
        )


def partition_suffix(night_id: str) -> str:
    """Return the part of a night's id that is fit for an identifier."""
    return "".join(c if c.isalnum() else "_" for c in night_id.lower())


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


__all__ = [
    "OPS", "RAW", "RAW_REJECTED", "SCHEMAS", "create_night_partitions", "create_table",
    "create_warehouse", "partition_suffix",
]  # fmt: skip
