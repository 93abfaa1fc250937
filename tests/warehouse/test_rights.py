"""What each role of PostgreSQL may do, relation by relation: refused by the server itself."""

import psycopg
import pytest

SCHEMAS_OF = {
    "reader": {"marts", "published"},
    "loader": {"raw", "raw_staging", "analytics", "ops"},
    "transform": {"raw", "analytics", "ops", "staging", "intermediate", "marts", "published"},
}
WRITES = {
    "reader": set(),
    "loader": {"raw", "raw_staging", "analytics", "ops"},
    "transform": {"staging", "intermediate", "marts", "published"},
}
OPS_OF_TRANSFORM = {
    "ops.dbt_runs", "ops.stage_status", "ops.batches", "ops.editions", "ops.table_operations",
}  # fmt: skip
RELATIONS = """
select n.nspname, c.relname, c.relkind in ('r', 'p') as is_table, c.relispartition
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""


@pytest.fixture(scope="module")
def relations(exported):
    return exported.warehouse.rows(RELATIONS)


def is_refused(connection, statement):
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def test_there_is_something_in_every_schema(relations):
    assert {schema for schema, *_ in relations} == {
        "raw", "analytics", "ops", "staging", "intermediate", "marts", "published",
    }  # fmt: skip


@pytest.mark.parametrize("role", SCHEMAS_OF)
def test_a_role_reads_its_schemas_and_nothing_else(exported, relations, role):
    with exported.warehouse.connect(role) as connection:
        refused = {
            (schema, name): is_refused(connection, f"select 1 from {schema}.{name} limit 0")
            for schema, name, _, is_partition in relations
            if role == "reader" or not is_partition  # others go through the whole table
        }
    assert refused == {place: place[0] not in SCHEMAS_OF[role] for place in refused}


@pytest.mark.parametrize("role", SCHEMAS_OF)
@pytest.mark.parametrize(
    "statement", ["insert into {0} select * from {0} where false", "delete from {0} where false"]
)
def test_a_role_writes_its_schemas_and_nothing_else(exported, relations, role, statement):
    with exported.warehouse.connect(role) as connection:
        connection.execute("set default_transaction_read_only = off")  # it is rights that are tried
        wrong = [
            f"{schema}.{name}"
            for schema, name, is_table, is_partition in relations
            if is_table
            and not (is_partition and schema in WRITES[role])
            and f"{schema}.{name}" not in (OPS_OF_TRANSFORM if role == "transform" else ())
            and is_refused(connection, statement.format(f"{schema}.{name}"))
            == (schema in WRITES[role])
        ]
    assert wrong == []


def test_dbt_writes_of_ops_its_own_rows_and_takes_none_away(exported):
    with exported.warehouse.connect("transform") as connection:
        for table in sorted(OPS_OF_TRANSFORM):
            insert = f"insert into {table} select * from {table} where false"
            assert not is_refused(connection, insert)
            assert is_refused(connection, f"delete from {table} where false")


@pytest.mark.parametrize("schema", ["raw", "analytics", "ops", "marts", "published", "public"])
def test_the_reader_makes_nothing(exported, schema):
    with exported.warehouse.connect("reader") as connection:
        connection.execute("set default_transaction_read_only = off")
        assert is_refused(connection, f"create table {schema}.mine (a int)")
        assert is_refused(connection, "create temporary table mine (a int)")
