"""Every column that the page asks for is declared by dbt, and the page reads marts alone."""

import re

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify
from support.scene_marts import declared_columns

from dashboard.queries import QUERIES

SCHEMA = {"marts": declared_columns()}


def parsed(sql):
    return sqlglot.parse_one(re.sub(r"%\(\w+\)s", "''", sql), dialect="postgres")


def check(sql):
    qualify(parsed(sql), schema=SCHEMA, dialect="postgres", validate_qualify_columns=True)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_columns_are_declared_by_dbt(query):
    check(query.sql)


def test_a_column_that_does_not_exist_is_found():
    with pytest.raises(OptimizeError):
        check("select no_such_column from marts.national_summary")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_only_marts_are_read_and_only_with_bound_parameters(query):
    tree = parsed(query.sql)
    assert {table.db for table in tree.find_all(exp.Table)} == {"marts"}
    assert not re.search(r"[{}]|%s", query.sql)


def test_names_are_unique():
    assert len({query.name for query in QUERIES}) == len(QUERIES)
