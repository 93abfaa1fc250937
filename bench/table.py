"""The rows of the speed table, with what each must reach and what it aims at."""

from __future__ import annotations

from bench import (
    catching_up,
    compared,
    ladder,
    single_process,
    startup,
    steady,
    viewing,
    whole,
)
from bench.row import Row

_ALL = (
    Row("producer", "encode and send a night, every delivery counted, one process",
        "events/s", 100_000, 200_000, True, single_process.producer),
    Row("decode", "typed decode and validation on one core",
        "events/s", 400_000, 900_000, True, single_process.decoder),
    Row("landing", "dlt lands raw exactly once in PostgreSQL",
        "rows/s", 30_000, 50_000, True, catching_up.landing),
    Row("counting", "Spark's live count catching up, everything but bronze",
        "events/s", 60_000, 120_000, True, catching_up.counting),
    Row("counting-bronze", "the same with the bronze query at once",
        "events/s", 35_000, 70_000, True, catching_up.counting_with_bronze),
    Row("sustained", "whole pipeline, lag not growing for five minutes",
        "events/s", 15_000, 30_000, True, steady.sustained),
    Row("freshness", "produced to visible in the marts at 5,000 events/s, p95",
        "s", 3.0, 1.5, False, steady.freshness),
    Row("freshness-p50", "the same, p50",
        "s", 1.5, 0.8, False, steady.freshness, in_default_run=False, measured_with="freshness"),
    Row("panels", "the dashboard's queries, p95",
        "ms", 150, 50, False, steady.panels),
    Row("poison", "of the speed of counting, what is left to the rest beside 5 % of poison",
        "of 1", 0.9, 1.0, True, catching_up.poison, in_default_run=False),
    Row("viewers", "the dashboard's headline in a fresh browser, beside 50 viewers",
        "s", 3.0, 2.0, False, viewing.viewers, in_default_run=False),
    Row("outage", "Spark and raw caught up after ten minutes without them at 5,000 events/s",
        "s", 180, 60, False, steady.outage, in_default_run=False),
    Row("memory", "the whole demo, most at one time",
        "GB", 6, 4, False, whole.memory, in_default_run=False),
    Row("first-number", "from `make demo` to the first ballots in the marts, warm",
        "s", 60, 30, False, whole.first_number, in_default_run=False),
    Row("first-number-cold", "the same from a fresh clone: nothing is installed, nothing is kept",
        "s", 600, 360, False, whole.first_number_cold, in_default_run=False),
    Row("single-consumer", "beside ours: one process, librdkafka, polars, PostgreSQL",
        "events/s", 0, 0, True, compared.single_consumer, in_default_run=False),
    Row("spark-defaults", "beside ours: the idiomatic stateful query on Spark's defaults",
        "events/s", 0, 0, True, compared.spark_defaults, in_default_run=False),
    Row("dlt-defaults", "beside ours: dlt on its defaults, dicts and insert_values",
        "rows/s", 0, 0, True, compared.dlt_defaults, in_default_run=False),
    Row("startup", "the count's state after 10 million messages, longer than after 1 million",
        "s", 2.0, 0.5, False, startup.startup, in_default_run=False),
    Row("ladder", "growth of an event's cost over a history of 0 to 20 million, log-log",
        "slope", 0.05, 0.0, False, ladder.ladder, in_default_run=False, runs_alone=1),
)  # fmt: skip
ROWS: dict[str, Row] = {row.name: row for row in _ALL}
# Measured in one run, ours first, each beside what else one might have written.
COMPARED = {
    "counting": ("single-consumer", "spark-defaults"),
    "landing": ("dlt-defaults",),
}
GROUPS = {"compared": [name for ours, others in COMPARED.items() for name in (ours, *others)]}
