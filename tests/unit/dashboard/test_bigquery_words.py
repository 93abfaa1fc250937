"""The page's queries in BigQuery's words."""

import pytest

from dashboard.queries import QUERIES

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_names_its_marts_in_full_and_binds_its_parameters(query):
    from dashboard.bigquery import in_bigquerys_words

    said = in_bigquerys_words(query.sql, "project.t_marts")
    assert "from `project.t_marts." in said
    assert "%(" not in said and " marts." not in said
    assert said.count("@") == query.sql.count("%(")
