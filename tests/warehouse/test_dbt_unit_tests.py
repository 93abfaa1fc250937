"""dbt's own unit tests: models on rows written by hand, in a PostgreSQL that has the views."""

import os
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml

from transform.selection import CADENCE, FINAL, UNIT_TESTS

MODELS = Path(__file__).resolve().parents[2] / "dbt" / "models"
DECLARED = [
    test["name"]
    for path in sorted(MODELS.rglob("_unit_tests.yml"))
    for test in yaml.safe_load(path.read_text())["unit_tests"]
]


@pytest.fixture(scope="module")
def outcome(exported):
    with patch.dict(os.environ, exported.environment):
        return exported.dbt.run(UNIT_TESTS)


def test_all_of_them_pass(outcome):
    assert outcome.problems == ()
    assert outcome.verdict == "pass"


def test_they_are_as_many_as_declared(exported):
    assert sorted(exported.dbt.unit_tests()) == sorted(DECLARED) != []


def test_no_night_runs_them():
    for invocation in (CADENCE, *FINAL):
        if invocation[0] in ("build", "test"):
            assert "unit_test" in invocation
