"""BigQuery's idea of the tables: what dlt and Spark write fits, and what Terraform reads is it."""

from types import SimpleNamespace

import polars as pl
import pytest
from dlt.common.libs.pyarrow import get_column_type_from_py_arrow
from dlt.destinations import bigquery

from cloud import generated
from election.bigquery import (
    DATASETS,
    MOST_CLUSTER_COLUMNS,
    TYPES,
    clustering,
    columns,
    resource,
    schema,
)
from election.ddl import SCHEMAS
from election.tables import ALL_TABLES, ANALYTICS, LANDED_AT, LOAD_ID, RAW, RAW_REJECTED, Type
from ingestion.columns import arrow_schema
from ingestion.destination import DLT_SETTINGS
from ingestion.raw_postgres import PostgresRaw
from spark.jobs.gold import frame_of

CAPABILITIES = bigquery(credentials={}).capabilities()
API_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
SORTABLE = {Type.TEXT, Type.BIGINT, Type.BOOLEAN, Type.TIMESTAMP, Type.DATE}
POLARS = {
    pl.String: "STRING", pl.Int64: "INTEGER", pl.Date: "DATE",
    pl.Datetime("us", "UTC"): "TIMESTAMP",
}  # fmt: skip
every_table = pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.full_name)


def types(table):
    return {field["name"]: field["type"] for field in schema(table)}


def test_files_below_terraform_are_as_declared():
    found = generated.differences()
    assert found == {}, "run `make terraform-files`"


def test_datasets_are_the_schemas_and_where_dlt_stages():
    assert set(DATASETS) == {*SCHEMAS, f"{PostgresRaw.dataset}_staging"}


@every_table
def test_rows_are_split_by_a_time_that_each_of_them_has(table):
    if table.partition_day:
        column = next(c for c in columns(table) if c.name == table.partition_day)
        assert column.type in (Type.DATE, Type.TIMESTAMP)
        assert not column.nullable


@every_table
def test_rows_are_sorted_by_what_bigquery_sorts_by(table):
    kinds = {column.name: column.type for column in table.columns}
    assert 1 <= len(clustering(table)) <= MOST_CLUSTER_COLUMNS
    assert {kinds[name] for name in clustering(table)} <= SORTABLE


@pytest.mark.parametrize("table", ANALYTICS.values(), ids=lambda table: table.name)
def test_live_tables_are_split_by_the_day_of_the_poll_and_sorted_as_declared(table):
    assert table.partition_day == "polling_date"
    assert clustering(table) == list(table.cluster_by)


@every_table
def test_what_has_no_cluster_columns_is_sorted_by_night_first(table):
    if not table.cluster_by:
        assert clustering(table)[0] == "night_id"


@every_table
def test_every_field_is_described_and_as_nullable_as_declared(table):
    declared = {column.name: column.nullable for column in (*table.columns, LANDED_AT, LOAD_ID)}
    for field in resource(table)["schema"]:
        assert field["description"]
        assert (field["mode"] == "NULLABLE") == declared[field["name"]]


@pytest.mark.parametrize("table", [*RAW.values(), RAW_REJECTED], ids=lambda table: table.name)
def test_dlt_would_make_raw_of_the_same_types(table):
    mapper = CAPABILITIES.get_type_mapper()
    made = {
        field.name: mapper.to_destination_type(
            {"name": field.name, **get_column_type_from_py_arrow(field.type)},
            {"name": table.name},
        )
        for field in arrow_schema(table)
    }
    assert DLT_SETTINGS["NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID"] == "true"
    assert types(table) == {name: API_NAMES.get(of, of) for name, of in made.items()} | {
        LANDED_AT.name: "TIMESTAMP", LOAD_ID.name: "STRING",
    }  # fmt: skip


@every_table
def test_raw_alone_is_refused_to_a_query_that_names_no_days(table):
    demands = resource(table)["require_partition_filter"]
    assert demands == (table.schema == "raw")
    assert table.partition_day or not demands


@pytest.mark.parametrize("table", ANALYTICS.values(), ids=lambda table: table.name)
def test_spark_writes_live_tables_of_the_same_types(table):
    night = SimpleNamespace(night_id="n", election_id="e", polling_date=None)
    frame = frame_of(table, [], night, SimpleNamespace(as_of=None, entry=0))
    assert types(table) == {name: POLARS[kind] for name, kind in frame.schema.items()}


def test_every_type_has_a_name_in_bigquery():
    assert set(TYPES) == set(Type)
