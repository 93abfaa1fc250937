"""Which tests run beside each other: `make test` has a worker a core.

What tests share is made once, so a file stays with one worker, and a kind whose files share a Spark
session or a plan of Terraform. All nights stay with one, too: each has a broker, a database, Spark
and dbt to itself, and two at once would only wait for each other. They begin first; small tests
fill what is left at the end.
"""

import os
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
NIGHT, NIGHTS = "pytest.mark.night", "nights"
LONGEST_FIRST = (
    "integration", "e2e", "faults", "warehouse", "spark", "terraform", "contract", "unit"
)  # fmt: skip
KEPT_TOGETHER = ("spark", "terraform")

# A test's broker lives for a minute or two: half of its work would be to compile itself well.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
# What stages read of the environment to find a night and its stores.
OF_A_NIGHT = (
    "BIGQUERY_", "ELECTION", "GCP_", "KAFKA_", "LAKE_", "NIGHT_", "POLLING_", "POSTGRES_",
    "REGISTER", "RESULTS_", "STORAGE_", "TOPIC_",
)  # fmt: skip


def night_in_the_environment():
    return {n: value for n, value in os.environ.items() if n.startswith(OF_A_NIGHT)}


FOUND = night_in_the_environment()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind():
    """Refuse a file that leaves a night behind: the worker's next file would read of it."""
    yield
    assert night_in_the_environment() == FOUND


@cache
def share_of(file):
    """Return the share of the work that a file's tests belong to, which one worker has."""
    if NIGHT in file.read_text():
        return NIGHTS
    kind = file.relative_to(TESTS).parts[0]
    return kind if kind in KEPT_TOGETHER else str(file)


class OneNightAtATime(LoadScopeScheduling):
    """Gives out shares in the order of collection."""

    def _split_scope(self, nodeid):
        return share_of(TESTS.parent / nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config, log):
    return OneNightAtATime(config, log)


def pytest_collection_modifyitems(config, items):
    def rank(item):
        kind = item.path.relative_to(TESTS).parts[0]
        return share_of(item.path) != NIGHTS, LONGEST_FIRST.index(kind)

    if hasattr(config, "workerinput"):  # one process alone goes by the order of the command
        items.sort(key=rank)
