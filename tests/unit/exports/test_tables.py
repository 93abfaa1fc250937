"""A mart as CSV, Parquet and JSON."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exports.about import About
from exports.tables import FORMATS, Table

AS_OF = datetime(2030, 5, 3, 1, 0, tzinfo=UTC)
ABOUT = About("n1", "e1", "An invented election", True, 100, date(2030, 5, 2), "provisional", AS_OF)
COLUMNS = {
    "name": "text", "votes": "bigint", "share": "double precision", "is_tie": "boolean",
    "declared_at": "timestamp with time zone", "day": "date",
}  # fmt: skip
ROW = {
    "name": 'Ash, "North"', "votes": 12, "share": 0.1, "is_tie": False,
    "declared_at": datetime(2030, 5, 3, 0, 30, tzinfo=UTC), "day": date(2030, 5, 2),
}  # fmt: skip
EMPTY = dict.fromkeys(COLUMNS)
TABLE = Table("a_mart", COLUMNS, [ROW, EMPTY])


def test_csv_keeps_values_and_says_what_it_is_in_each_row():
    first, second = csv.DictReader(io.StringIO(FORMATS["csv"](TABLE, ABOUT).decode()))
    assert first["name"] == 'Ash, "North"'
    assert (first["votes"], first["share"], first["is_tie"]) == ("12", "0.1", "false")
    assert (first["declared_at"], first["day"]) == ("2030-05-03T00:30:00Z", "2030-05-02")
    assert all(second[name] == "" for name in COLUMNS)
    for row in (first, second):
        assert row["export_label"] == "synthetic data"
        assert row["export_status"] == "provisional"
        assert row["export_as_of"] == "2030-05-03T01:00:00Z"
        assert row["export_is_last_good"] == "false"
        assert row["export_licence"].startswith("MIT")


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2+3", "@SUM(A1)", "\t=1"])
def test_csv_gives_a_spreadsheet_no_formula(text):
    table = Table("a_mart", COLUMNS, [EMPTY | {"name": text}])
    (row,) = csv.DictReader(io.StringIO(FORMATS["csv"](table, ABOUT).decode(), newline=""))
    assert row["name"] == f"'{text}"
    assert json.loads(FORMATS["json"](table, ABOUT))["rows"][0]["name"] == text


def test_csv_keeps_the_sign_of_numbers_and_the_dash_for_no_party():
    table = Table("a_mart", COLUMNS, [EMPTY | {"name": "-", "votes": -3, "share": -0.5}])
    (row,) = csv.DictReader(io.StringIO(FORMATS["csv"](table, ABOUT).decode()))
    assert (row["name"], row["votes"], row["share"]) == ("-", "-3", "-0.5")


def test_parquet_keeps_types_and_says_what_it_is_in_its_metadata():
    table = pq.read_table(io.BytesIO(FORMATS["parquet"](TABLE, ABOUT)))
    assert table.schema.field("votes").type == pa.int64()
    assert table.schema.field("declared_at").type == pa.timestamp("us", "UTC")
    assert table.to_pylist() == [ROW, EMPTY]
    said = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    assert said["mart"] == "a_mart"
    assert (said["label"], said["status"]) == ("synthetic data", "provisional")
    assert said["as_of"] == "2030-05-03T01:00:00Z"
    assert said["licence"].startswith("MIT")


def test_json_says_what_it_is_beside_its_rows():
    document = json.loads(FORMATS["json"](TABLE, ABOUT))
    assert document["rows"][0]["declared_at"] == "2030-05-03T00:30:00Z"
    assert document["rows"][1] == EMPTY
    about = document["about"]
    assert (about["mart"], about["label"]) == ("a_mart", "synthetic data")
    assert (about["status"], about["as_of"]) == ("provisional", "2030-05-03T01:00:00Z")
    assert about["licence"].startswith("MIT")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_rows_give_the_same_bytes(kind):
    assert FORMATS[kind](TABLE, ABOUT) == FORMATS[kind](TABLE, ABOUT)


@pytest.mark.parametrize("kind", ["parquet", "json"])
def test_a_table_without_rows_still_says_what_it_is(kind):
    assert b"synthetic data" in FORMATS[kind](Table("a_mart", COLUMNS, []), ABOUT)
