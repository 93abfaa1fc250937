"""The offline BigQuery for a session of tests, or the reason why there is none."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.folders import open_folder
from embedded.bigquery.install import Installation, absent
from embedded.bigquery.server import OfflineBigQuery
from embedded.paths import ProjectPaths

PROJECT = "tallyhouse-test"


@contextmanager
def offline_bigquery() -> Iterator[OfflineBigQuery]:
    """Run a server; skip where it or the clients are not installed."""
    if importlib.util.find_spec("google.cloud.bigquery") is None:
        pytest.skip("BigQuery's clients are not installed: make bigquery")
    if reason := absent():
        pytest.skip(reason)
    installation = Installation.of(ProjectPaths.of_project())
    with open_folder() as folder, OfflineBigQuery(installation, folder, project=PROJECT) as server:
        yield server
