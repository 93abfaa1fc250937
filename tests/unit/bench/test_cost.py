"""The careful night stays below $5 and half of every quota; careless ones are seen."""

from dataclasses import fields, replace
from datetime import date

import pytest

from bench.cost import night, prices, project
from bench.cost.__main__ import items_table, main, quotas_table
from bench.cost.night import Plan, bill
from bench.cost.prices import Figure
from dashboard.queries import QUERIES
from election.tables import ANALYTICS, FACTS, OPS, RAW
from spark.sinks.bigquery_tables import HOW_FAR


def test_the_careful_night_is_cheap_and_far_from_every_quota():
    assert bill(Plan()).faults() == []


# What makes it careless, and a word of what is then said.
CARELESS = {
    "every viewer asks": ({"viewers_share_answers": False}, "the night costs"),
    "panels as on a laptop": ({"panel_every_s": 2.0}, "the night costs"),
    "a cluster of Spark for nine hours": ({"spark": "serverless"}, "the night costs"),
    "the whole 27 hours in real time": ({"hours": 27.0}, "the night costs"),
    "the whole country": ({"events": 110_000_000}, "the night costs"),
    "a load every twenty seconds": ({"raw_every_s": 20.0}, "raw.votes: 1,620 load jobs"),
    "dbt every half a minute": ({"dbt_every_s": 30.0}, "dbt.int_candidates: 1,080 overwrites"),
    "merges faster than they end": (
        {"live_every_s": 1.0}, "analytics.candidate_totals: 15 statements at once"),
}  # fmt: skip


@pytest.mark.parametrize("careless", CARELESS)
def test_a_careless_night_is_seen(careless):
    changes, said = CARELESS[careless]
    assert any(fault.startswith(said) for fault in bill(replace(Plan(), **changes)).faults())


def test_just_over_is_over():
    found = bill(Plan())
    [first, *rest] = found.items
    dearer = replace(first, cost=first.cost + prices.MOST_A_NIGHT - found.cost + 0.01)
    assert replace(found, items=(dearer, *rest)).faults()
    half = replace(found.usages[0], used=found.usages[0].quota.value / 2)
    assert replace(found, usages=(half,)).faults() == []
    assert replace(found, usages=(replace(half, used=half.used + 1),)).faults()


def test_cost_is_the_sum_of_what_is_listed_and_grows_with_the_night():
    short, long = bill(replace(Plan(), hours=3.0)), bill(Plan())
    assert long.cost == pytest.approx(sum(item.cost for item in long.items))
    assert short.cost < long.cost < 3.1 * short.cost


def test_the_arithmetic_of_one_item_by_hand():
    [dbt] = [item for item in bill(Plan()).items if item.name == "dbt runs"]
    assert dbt.operations == 9 * 3600 / 900
    assert dbt.cost == pytest.approx(dbt.bytes / 2**40 * 6.25)
    [load] = [item for item in bill(Plan()).items if item.name == "raw, load jobs"]
    assert (load.operations, load.cost) == (9 * 3600 / 120 * (len(RAW) + 1), 0.0)
    [live] = [item for item in bill(Plan()).items if item.name == "live tables, merges"]
    assert live.operations == 9 * 3600 / 180 * (len(ANALYTICS) + 2 + 3)
    assert live.bytes == live.operations * 10 * 2**20


def test_what_is_counted_is_what_the_stages_do():
    from transform.cadence import FACTS_EVERY
    from transform.mirror import CARRIED

    assert len(CARRIED) == night.CARRIED and night.FACTS_EVERY == FACTS_EVERY
    assert set(night.LATE_FACTS) < set(FACTS)
    assert {table.full_name for table in map(OPS.get, ("batches", "tallied", "projections"))} == (
        set(HOW_FAR)
    )
    assert len(HOW_FAR) == night.HOW_FAR
    assert not any("raw_staging" in use.table for use in bill(Plan()).usages)


def test_an_edition_is_copied_checked_and_published():
    marts, checks = project.edition(), project.edition_checks()
    assert "party_results" in marts and "reconciliation" not in marts
    assert checks["regions_add_up"] >= {"regional_turnout", "regional_results"}
    assert "reconciliation_passes" not in checks
    # Each mart is deleted twice, read where it is made and where its copy is, at least.
    assert night.edition_tables() > 4 * len(marts) + len(checks)


def test_a_name_that_a_loop_puts_together_is_followed():
    assert "ops.batches" in project.tables_below("reconciliation")
    assert "int_votes_tallied" in project.tables_below("int_message_classes")


def test_every_table_that_is_written_is_held_against_a_quota():
    tables = {usage.table for usage in bill(Plan()).usages}
    assert {f"analytics.{table}" for table in ANALYTICS} <= tables
    assert {f"raw.{table}" for table in RAW} <= tables
    assert {f"published.{mart}" for mart in project.edition()} <= tables
    assert {f"dbt.{model}" for model in project.stored_models()} <= tables


def test_views_are_charged_for_the_tables_below_them():
    [summary] = [query for query in QUERIES if query.name == "summary"]
    below = project.tables_of(summary.sql)
    assert "analytics.constituency_counts" in below
    assert not any(name.startswith(("int_live", "marts")) for name in below)
    assert project.materialization("national_summary") == "view"
    assert project.materialization("fct_declaration") == "table"


def test_each_figure_says_where_and_when_it_was_read():
    figures = [value for value in vars(prices).values() if isinstance(value, Figure)]
    assert len(figures) > 12
    for figure in figures:
        assert "cloud.google.com" in figure.source and figure.unit
        assert date(2023, 1, 1) <= figure.seen <= date.today()


def test_the_plan_is_made_of_numbers_that_can_be_changed():
    assert {field.name for field in fields(Plan)} >= {
        "events", "hours", "raw_every_s", "panels", "panel_every_s", "viewers"
    }  # fmt: skip


def test_the_tables_are_printed_and_a_careful_night_ends_well(capsys):
    assert main() == 0
    assert "the night" in capsys.readouterr().out
    assert items_table(bill(Plan())).row_count and quotas_table(bill(Plan())).row_count
