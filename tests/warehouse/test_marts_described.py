"""What is said about the marts, tried on a night: examples, metrics, freshness of sources."""

import os
from unittest.mock import patch

import pytest
from dbt.cli.main import dbtRunner
from support.exported_night import MARTS

from transform.documentation import artifacts
from transform.documents.described import marts_of
from transform.settings import PROJECT

QUIET = ("--quiet", "--no-version-check", "--log-level-file", "none")


@pytest.fixture(scope="module")
def manifest():
    return artifacts()[0]


@pytest.fixture(scope="module")
def examples(manifest):
    return {mart.name: mart.example for mart in marts_of(manifest)}


@pytest.mark.parametrize("name", MARTS)
def test_an_example_runs_as_the_reader(exported, examples, name):
    with exported.warehouse.connect("reader") as reader:
        assert reader.execute(examples[name]).description


SOMETHING_TO_SHOW = sorted(
    set(MARTS) - {
        # Nobody's seat changed hands, all declared at once, cells are small, nothing failed.
        "candidate_results", "constituency_results", "demographic_turnout", "dim_candidate",
        "fct_candidate_result", "fct_declaration", "key_seats", "party_by_education",
        "pipeline_status", "reconciliation",
    }
)  # fmt: skip


@pytest.mark.parametrize("name", SOMETHING_TO_SHOW)
def test_an_example_finds_something(exported, examples, name):
    with exported.warehouse.connect("reader") as reader:
        assert reader.execute(examples[name]).fetchall()


def value_of(connection, manifest, name):
    """Ask for a metric as its declaration says, over everything."""
    metric = manifest["metrics"][f"metric.tallyhouse.{name}"]
    parts = metric["type_params"]
    if metric["type"] == "ratio":
        top, bottom = (value_of(connection, manifest, parts[p]["name"])
                       for p in ("numerator", "denominator"))  # fmt: skip
        return top / bottom
    for model in manifest["semantic_models"].values():
        for measure in model["measures"]:
            if measure["name"] == parts["measure"]["name"]:
                mart = model["node_relation"]["alias"]
                query = f"select {measure['agg']}({measure['expr'] or measure['name']})"
                return float(connection.execute(f"{query} from marts.{mart}").fetchone()[0] or 0)
    raise AssertionError(f"{name} has no measure")


def test_metrics_are_what_the_headline_says(exported, manifest):
    with exported.warehouse.connect("reader") as reader:
        said = reader.execute(
            "select seats_declared - seats_tied, valid_votes, turnout, swing"
            " from marts.national_summary"
        ).fetchone()
        values = [value_of(reader, manifest, m) for m in ("seats", "votes", "turnout", "swing")]
        assert values == pytest.approx([float(value or 0) for value in said])
        assert value_of(reader, manifest, "share") == pytest.approx(1)
    assert said[:2] == (2, 46)


def freshness(exported):
    with patch.dict(os.environ, exported.environment):
        result = dbtRunner().invoke(
            [
                *QUIET, "source", "freshness", "--project-dir", str(PROJECT),
                "--profiles-dir", str(PROJECT),
                "--target-path", exported.environment["DBT_TARGET_PATH"],
            ]
        )  # fmt: skip
    return {r.node.name: str(r.status) for r in result.result.results}


def test_old_sources_are_called_old_and_fresh_ones_pass(exported):
    old = freshness(exported)
    assert {"votes", "candidate_totals", "landed", "tallied"} <= set(old)
    with exported.warehouse.connect() as admin:
        admin.execute("update raw.votes set kafka_timestamp = now()")
        admin.execute("update analytics.candidate_totals set as_of = now()")
        admin.execute("update ops.landed set updated_at = now()")
    fresh = freshness(exported)
    for name in ("votes", "candidate_totals", "landed"):
        assert (old[name], fresh[name]) == ("error", "pass")
