"""Which part of the project each command runs: dbt arguments, as data (pure)."""

from __future__ import annotations

# dbt-core injects the shared parts of ephemeral models twice when two threads compile them at
# once, so only models without such parts are built by two.
ONE_THREAD, TWO_THREADS = ("--threads", "1"), ("--threads", "2")

VIEWS = ("run", "--exclude", "tag:cadence", *ONE_THREAD)
EMPTY_TABLES = ("run", "--full-refresh", "--select", "tag:cadence", *ONE_THREAD)
PUBLISHED = "path:models/marts/published"
_BUILD = ("build", "--select", "tag:cadence", "--indirect-selection", "empty", *ONE_THREAD)
CADENCE, PUBLISHING = (*_BUILD, "--exclude", PUBLISHED), _BUILD
COUNTING = "path:models/intermediate/counting"
# Views stay as they are: made anew they would be gone for seconds, with all that reads them.
FINAL: tuple[tuple[str, ...], ...] = (
    ("run", "--full-refresh", "--select", f"{COUNTING},tag:cadence", *TWO_THREADS),
    ("build", "--full-refresh", "--select", "tag:cadence", "--exclude", COUNTING,
     "--indirect-selection", "empty", *ONE_THREAD),
    ("test", "--exclude", "reconciliation_passes", *ONE_THREAD),
)  # fmt: skip
