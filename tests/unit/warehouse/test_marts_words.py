"""Queries of marts in BigQuery's words."""

import pytest

from dashboard.queries import QUERIES
from election.errors import UserError
from election.settings import BigQuerySettings
from warehouse.marts import in_bigquerys_words, is_absence

SETTINGS = BigQuerySettings(GCP_PROJECT_ID="project", BIGQUERY_DATASET_PREFIX="t_")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_of_the_page_names_its_marts_in_full_and_binds_its_parameters(query):
    said = in_bigquerys_words(query.sql, SETTINGS)
    assert "from `project.t_marts." in said
    assert "%(" not in said and " marts." not in said
    assert said.count("@") == query.sql.count("%(")


def test_steps_between_are_named_in_full_too():
    said = in_bigquerys_words("select 1 from intermediate.int_landed", SETTINGS)
    assert said == "select 1 from `project.t_intermediate.int_landed`"


def test_what_is_not_there_is_told_from_what_fails():
    assert is_absence(UserError("w", why="404 Not found: Table p:marts.x", fix="f"))
    assert not is_absence(UserError("w", why="403 Access Denied", fix="f"))
