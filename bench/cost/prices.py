"""Prices and quotas: each with its unit, where it was read, and when. The only file with any.

List prices in US dollars, Iowa (us-central1) or the US multi-region, without taxes, discounts or
free tiers: a first TiB of queries a month is free, which a model of one night must not spend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

GIB, TIB = 2**30, 2**40
MONTH_HOURS = 730


@dataclass(frozen=True)
class Figure:
    """A price or a quota."""

    value: float
    unit: str
    source: str
    seen: date


_SEEN = date(2026, 11, 26)
_QUERIES = "cloud.google.com/bigquery/pricing, on-demand compute"
_QUOTAS = "docs.cloud.google.com/bigquery/quotas"
_STORAGE = "cloud.google.com/storage/pricing, single region"
_RUN = "cloud.google.com/run/pricing, tier 1, instance-based billing"
_SERVERLESS = "cloud.google.com/dataproc-serverless/pricing"

QUERY_TIB = Figure(6.25, "$/TiB scanned", _QUERIES, _SEEN)
# A query is charged for so much of each table that it names, however small that is.
LEAST_BYTES = Figure(10 * 2**20, "bytes a table and query", _QUERIES, _SEEN)
LOAD_JOB = Figure(0.0, "$/load job", "cloud.google.com/bigquery/pricing, free operations", _SEEN)
WAREHOUSE_GIB_MONTH = Figure(
    0.02, "$/GiB-month, active logical", "cloud.google.com/bigquery/pricing, storage", _SEEN
)
LAKE_GIB_HOUR = Figure(0.000027397, "$/GiB-hour, Standard", _STORAGE, date(2026, 9, 20))
CLASS_A = Figure(0.005 / 1000, "$/write or list", _STORAGE, date(2026, 9, 20))
CLASS_B = Figure(0.0004 / 1000, "$/read", _STORAGE, date(2026, 9, 20))
VM_HOUR = Figure(
    0.067006, "$/hour, e2-standard-2", "cloud.google.com/compute/vm-instance-pricing", _SEEN
)
DISK_GIB_MONTH = Figure(
    0.10, "$/GiB-month, balanced", "cloud.google.com/products/calculator, Iowa", date(2023, 5, 18)
)
RUN_CORE_S = Figure(0.000018, "$/vCPU-second", _RUN, _SEEN)
RUN_GIB_S = Figure(0.000002, "$/GiB-second", _RUN, _SEEN)
DCU_HOUR = Figure(0.06, "$/DCU-hour, standard", _SERVERLESS, _SEEN)
LEAST_DCU = Figure(12, "DCU, driver and two executors", _SERVERLESS, _SEEN)

# Load, copy and query jobs that append or overwrite; statements of DML do not count.
TABLE_MODIFICATIONS = Figure(1_500, "modifications a table and day", _QUOTAS, _SEEN)
# MERGE, UPDATE and DELETE of one table: two run, so many wait, the next one fails.
MUTATIONS_WAITING = Figure(
    20, "statements a table", "docs.cloud.google.com/bigquery/docs/data-manipulation-language",
    _SEEN,
)  # fmt: skip
LOAD_JOBS_A_PROJECT = Figure(100_000, "load jobs a project and day", _QUOTAS, _SEEN)

MOST_A_NIGHT = 5.0
"""What a careful night may cost, $."""
MOST_OF_A_QUOTA = 0.5
"""The share of a quota that a table may use up: the other half is for retries and mistakes."""
