"""Tables of BigQuery that somebody changed by hand are named, column by column."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from election.bigquery import clustering, schema
from election.tables import ALL_TABLES, ANALYTICS, RAW
from warehouse.tables import differences


@dataclass
class There:
    """A table as the client library gives it."""

    schema: list[Any]
    time_partitioning: Any = None
    clustering_fields: list[str] = field(default_factory=list)


def as_declared(table):
    fields = [SimpleNamespace(name=f["name"], field_type=f["type"], mode=f["mode"])
              for f in schema(table)]  # fmt: skip
    day = table.partition_day
    partition = SimpleNamespace(field=day, type_="DAY") if day else None
    return There(fields, partition, clustering(table))


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda t: t.full_name)
def test_a_table_as_declared_has_no_difference(table):
    assert list(differences(table, as_declared(table))) == []


def spoil(table, **changes):
    there = as_declared(table)
    for name, value in changes.items():
        setattr(there, name, value)
    return list(differences(table, there))


def test_a_column_that_was_dropped_or_changed_is_named():
    votes = RAW["votes"]
    there = as_declared(votes)
    paper = next(f for f in there.schema if f.name == "paper_no")
    there.schema.remove(next(f for f in there.schema if f.name == "candidate_id"))
    paper.field_type = "STRING"
    assert list(differences(votes, there)) == [
        "raw.votes: column candidate_id is missing",
        "raw.votes: column paper_no is STRING REQUIRED, not INTEGER REQUIRED",
    ]


def test_a_column_more_is_well_unless_it_must_be_filled():
    votes = RAW["votes"]
    more = SimpleNamespace(name="note", field_type="STRING", mode="NULLABLE")
    assert spoil(votes, schema=[*as_declared(votes).schema, more]) == []
    more.mode = "REQUIRED"
    assert spoil(votes, schema=[*as_declared(votes).schema, more]) == [
        "raw.votes: column note is required and not declared"
    ]


def test_partition_and_clustering_are_compared():
    totals = ANALYTICS["candidate_totals"]
    assert spoil(totals, time_partitioning=None) == [
        "analytics.candidate_totals: partitioned by nothing, not by polling_date"
    ]
    assert spoil(totals, clustering_fields=["region_id"]) == [
        "analytics.candidate_totals: clustered by region_id, not by region_id, constituency_id"
    ]
