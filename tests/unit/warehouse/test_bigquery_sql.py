"""The allow-list of SQL: what only the offline BigQuery takes is found."""

import pytest
from support.bigquery_sql import faults


def test_sql_of_bigquery_passes():
    select = "select cast(sum(x) as float64), string_agg(y, ',' order by y) from t group by z"
    assert list(faults("model", select)) == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select x::int64 from t", "writes ::"),
        ("select list_value(1, 2)", "calls list_value"),
        ("select date_bin(a, b, c) from t", "calls date_bin"),
        ("select cast(x as double precision) from t", "writes double precision"),
        ("select * from generate_series(1, 2) as n", "calls generate_series"),
        ("select from t", "selects nothing"),
    ],
)
def test_what_bigquery_does_not_take_is_named(sql, fault):
    found = list(faults("model", sql))
    assert found and fault in " ".join(found)
