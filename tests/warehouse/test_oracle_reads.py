"""The oracle reads tables as they are: nothing is not the empty text, and no digit is lost."""

from datetime import UTC, datetime

import pytest
from faults.oracle.held import read_table
from support.warehouse import throwaway_warehouse

MANY = {
    "night_id": "n", "a_text": 'a "quoted", text\nof two lines', "empty": "", "nothing": None,
    "whole": 2**63 - 1, "fraction": 0.1, "flag": True, "no_flag": False, "bytes": b"\x00\xff",
    "no_bytes": b"", "at": datetime(2017, 6, 8, 21, 0, 0, 1, tzinfo=UTC), "words": '{"a": 1}',
}  # fmt: skip
KINDS = ("text", "text", "text", "text", "bigint", "double precision", "boolean", "boolean",
         "bytea", "bytea", "timestamptz", "jsonb")  # fmt: skip


@pytest.fixture(scope="module")
def connection():
    with throwaway_warehouse() as warehouse, warehouse.connect() as admin:
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(MANY, KINDS, strict=True))
        admin.execute(f"create table ops.many ({columns})")
        for night in ("n", "another"):
            values = {**MANY, "night_id": night}
            marks = ", ".join(f"%({name})s" for name in MANY)
            admin.execute(f"insert into ops.many values ({marks})", values)
        yield admin


def test_a_row_comes_as_it_is(connection):
    (row,) = read_table(connection, "ops", "many", "n").rows(named=True)
    assert row == {**MANY, "at": 1496955600000001}


def test_no_row_has_columns_all_the_same(connection):
    frame = read_table(connection, "ops", "many", "none")
    assert (frame.height, frame.columns) == (0, list(MANY))
