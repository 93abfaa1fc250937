"""Which part of the project each command runs: dbt arguments, as data (pure)."""

from __future__ import annotations

# dbt-core injects the shared parts of ephemeral models twice when two threads compile them at
# once, so only models without such parts are built by two.
ONE_THREAD, TWO_THREADS = ("--threads", "1"), ("--threads", "2")

VIEWS = ("run", "--exclude", "tag:cadence", *ONE_THREAD)
EMPTY_TABLES = ("run", "--full-refresh", "--select", "tag:cadence", *ONE_THREAD)
FACTS = "path:models/marts/published"
# Unit tests look at rows written by hand, which no night changes.
_WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
_BUILD = (
    "build", "--select", "tag:cadence", "--indirect-selection", "empty", *_WITHOUT_UNIT_TESTS,
    *ONE_THREAD,
)  # fmt: skip
CADENCE, CADENCE_WITH_FACTS = (*_BUILD, "--exclude", FACTS), _BUILD
# Invariants of the marts of an edition among each other; those on raw grow with the night.
EDITION = ("test", "--select", "tag:edition", *ONE_THREAD)
UNIT_TESTS = ("test", "--select", "test_type:unit", *ONE_THREAD)
COUNTING = "path:models/intermediate/counting"
# Views stay as they are: made anew they would be gone for seconds, with all that reads them.
FINAL: tuple[tuple[str, ...], ...] = (
    ("run", "--full-refresh", "--select", f"{COUNTING},tag:cadence", *TWO_THREADS),
    ("build", "--full-refresh", "--select", "tag:cadence", "--exclude", COUNTING,
     "--indirect-selection", "empty", *_WITHOUT_UNIT_TESTS, *ONE_THREAD),
    ("test", "--exclude", "reconciliation_passes", *_WITHOUT_UNIT_TESTS, *ONE_THREAD),
)  # fmt: skip
