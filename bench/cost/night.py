"""A night as operations, bytes and dollars (pure; prices and quotas are in `prices`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bench.cost import prices, project
from bench.cost.prices import Figure
from dashboard.queries import QUERIES
from election.tables import ANALYTICS, FACTS, RAW, RAW_REJECTED

HOUR_S, DAY_H = 3600, 24
# Per landing: its data, its entry in the log, and what is read and listed to write it.
LAKE_WRITES_A_COMMIT, LAKE_READS_A_COMMIT = 3, 4
LAKE_GIB, DISK_GIB = 2, 50
# Facts that come while papers are counted; the others are there before the poll.
LATE_FACTS = ("declaration_versions", "rejections")
# What Spark merges of `ops` with its tables: batches, tallied, projections.
HOW_FAR = 3
# Tables of `ops` that are carried over before dbt runs, and again before an edition is checked.
CARRIED, CARRIES_A_RUN = 8, 2
FACTS_EVERY = 4  # runs: `transform.cadence`
DASHBOARD_CORES, DASHBOARD_GIB = 1, 1


@dataclass(frozen=True)
class Plan:
    """How long, how much, how often, who looks. As it stands: the careful night.

    An election takes 27 hours from the opening of the poll to the last declarations; at SPEED=3
    nine. One small machine has broker, generator, ingestion, Spark and dbt; BigQuery is the
    warehouse, a bucket has the lake, the dashboard is a container of its own.
    """

    hours: float = 9.0
    events: int = 1_100_000  # 1:100
    bytes_an_event: int = 250
    raw_every_s: float = 120.0  # a load of what came, a table of raw
    live_every_s: float = 180.0  # a merge of the rows that changed, a live table
    dbt_every_s: float = 900.0
    lake_every_s: float = 10.0  # a commit of ledgers and bronze
    panels: int = len(QUERIES)
    # An answer is kept for as long as nothing newer is written; None: for just as long.
    panel_every_s: float | None = None
    viewers: int = 50
    viewers_share_answers: bool = True
    merge_s: float = 15.0  # how long a statement of DML takes, waiting included
    spark: Literal["machine", "serverless"] = "machine"
    kept_days: float = 7.0


@dataclass(frozen=True)
class Item:
    """One line of the bill."""

    name: str
    operations: float
    bytes: float
    cost: float
    price: Figure


@dataclass(frozen=True)
class Usage:
    """What a table uses up of a quota."""

    table: str
    what: str
    used: float
    quota: Figure

    @property
    def share(self) -> float:
        """The part of the quota, 1 = all of it."""
        return self.used / self.quota.value


@dataclass(frozen=True)
class Bill:
    """A night's items and its use of quotas."""

    items: tuple[Item, ...]
    usages: tuple[Usage, ...]

    @property
    def cost(self) -> float:
        """All items together, $."""
        return sum(item.cost for item in self.items)

    def faults(self) -> list[str]:
        """Return what a careful night must not do: cost too much, or come near a quota."""
        much = (
            [f"the night costs ${self.cost:.2f}, more than ${prices.MOST_A_NIGHT:.2f}"]
            if self.cost > prices.MOST_A_NIGHT
            else []
        )
        near = [
            f"{u.table}: {u.used:,.0f} {u.what}, {u.share:.0%} of {u.quota.value:,.0f}"
            for u in self.usages
            if u.share > prices.MOST_OF_A_QUOTA
        ]
        return much + near


def bill(plan: Plan) -> Bill:
    """Return what a plan costs and uses."""
    return Bill(tuple(_items(plan)), tuple(_usages(plan)))


def _items(plan: Plan) -> Iterator[Item]:
    seconds = plan.hours * HOUR_S
    yield _machine(plan)
    if plan.spark == "serverless":
        dcu_hours = prices.LEAST_DCU.value * plan.hours
        yield _item("Spark, serverless", dcu_hours, 0, dcu_hours, prices.DCU_HOUR)
    cores = DASHBOARD_CORES * seconds
    yield _item("dashboard, cores", cores, 0, cores, prices.RUN_CORE_S)
    memory = DASHBOARD_GIB * seconds
    yield _item("dashboard, memory", memory, 0, memory, prices.RUN_GIB_S)
    loads = len(_raw_tables()) * seconds / plan.raw_every_s
    yield _item("raw, load jobs", loads, plan.events * plan.bytes_an_event, loads, prices.LOAD_JOB)
    # Rows come as a parameter: what is charged is the table, far below the least.
    written = len(ANALYTICS) + len(LATE_FACTS) + HOW_FAR
    merges = written * seconds / plan.live_every_s
    yield _queries("live tables, merges", merges, prices.LEAST_BYTES.value)
    runs = seconds / plan.dbt_every_s
    yield _queries("dbt runs", runs, _dbt_run_bytes(plan))
    carried = CARRIED * CARRIES_A_RUN
    yield _queries("dbt runs, ops carried over", runs * carried, prices.LEAST_BYTES.value)
    yield _queries("dbt runs, editions", runs, edition_tables() * prices.LEAST_BYTES.value)
    rounds = (
        seconds
        / (plan.panel_every_s or plan.live_every_s)
        * (1 if plan.viewers_share_answers else plan.viewers)
    )
    yield _queries("panels", rounds * plan.panels, _panel_bytes())
    commits = seconds / plan.lake_every_s
    writes, reads = commits * LAKE_WRITES_A_COMMIT, commits * LAKE_READS_A_COMMIT
    yield _item("lake, writes", writes, 0, writes, prices.CLASS_A)
    yield _item("lake, reads", reads, 0, reads, prices.CLASS_B)
    kept_hours = LAKE_GIB * plan.kept_days * DAY_H
    yield _item("lake, kept", 0, LAKE_GIB * prices.GIB, kept_hours, prices.LAKE_GIB_HOUR)
    stored = 2 * plan.events * plan.bytes_an_event  # raw, and what dbt makes of it
    months = plan.kept_days * DAY_H / prices.MONTH_HOURS
    yield _item("warehouse, kept", 0, stored, stored / prices.GIB * months,
                prices.WAREHOUSE_GIB_MONTH)  # fmt: skip


def _machine(plan: Plan) -> Item:
    disk = DISK_GIB * prices.DISK_GIB_MONTH.value / prices.MONTH_HOURS * plan.hours
    cost = plan.hours * prices.VM_HOUR.value + disk
    return Item("machine and disk, hours", plan.hours, 0, cost, prices.VM_HOUR)


def _usages(plan: Plan) -> Iterator[Usage]:
    # What happens in a night happens within a day: however short, it is counted in full.
    seconds = min(plan.hours, DAY_H) * HOUR_S
    loads = seconds / plan.raw_every_s
    # dlt's own state is loaded each time, too.
    for table in (*_raw_tables(), "_dlt_pipeline_state"):
        yield Usage(f"raw.{table}", "load jobs", loads, prices.TABLE_MODIFICATIONS)
    jobs = loads * (len(_raw_tables()) + 1)
    yield Usage("the project", "load jobs", jobs, prices.LOAD_JOBS_A_PROJECT)
    for table in (*ANALYTICS, *(name for name in FACTS if name in LATE_FACTS)):
        waiting = plan.merge_s / plan.live_every_s
        yield Usage(f"analytics.{table}", "statements at once", waiting, prices.MUTATIONS_WAITING)
    runs = seconds / plan.dbt_every_s
    for model in project.stored_models():
        if project.materialization(model) == "table":
            yield Usage(f"dbt.{model}", "overwrites", runs, prices.TABLE_MODIFICATIONS)
        else:  # merged
            waiting = plan.merge_s / plan.dbt_every_s
            yield Usage(f"dbt.{model}", "statements at once", waiting, prices.MUTATIONS_WAITING)
    for mart in project.edition():
        # A copy is deleted and inserted, and so is what is published of it.
        waiting = 2 * plan.merge_s / plan.dbt_every_s
        yield Usage(f"published.{mart}", "statements at once", waiting, prices.MUTATIONS_WAITING)


def _dbt_run_bytes(plan: Plan) -> float:
    """Every stored model reads its tables and itself; raw is what is larger than the least.

    An incremental one asks first how far it is, a query of two tables.
    """
    least = prices.LEAST_BYTES.value
    raw = max(least, plan.events * plan.bytes_an_event / len(_raw_tables()) / 2)
    total = least  # the test of the reconciliation
    for model, tables in project.stored_models().items():
        from_raw = sum(table.startswith("raw.") for table in tables)
        own = 1 + 2 * project.looks_up_offsets(model)
        size = from_raw * raw + (len(tables) - from_raw + own) * least
        total += size / FACTS_EVERY if project.is_published(model) else size
    return total


def edition_tables() -> int:
    """Return how many tables the statements of one edition name: copy, checks, publication."""
    copied = sum(1 + len(project.tables_below_mart(mart)) for mart in project.edition())
    checked = sum(map(len, project.edition_checks().values()))
    published = 2 * len(project.edition())
    return copied + checked + published + 1  # its as-of time is read for the register


def _panel_bytes() -> float:
    """A panel's tables are all smaller than the least that is charged."""
    read = [len(project.tables_of(query.sql)) for query in QUERIES]
    return sum(read) / len(read) * prices.LEAST_BYTES.value


def _raw_tables() -> tuple[str, ...]:
    return (*RAW, RAW_REJECTED.name)


def _queries(name: str, count: float, bytes_each: float) -> Item:
    scanned = count * bytes_each
    return _item(name, count, scanned, scanned / prices.TIB, prices.QUERY_TIB)


def _item(name: str, operations: float, size: float, units: float, price: Figure) -> Item:
    return Item(name, operations, size, units * price.value, price)
