"""`make cost`: what a night's jobs billed and used, by stage, as BigQuery lists them (I/O)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rich.table import Table

from bench.cost import prices
from cloud.night import Newest
from election.errors import UserError
from election.settings import BigQuerySettings
from warehouse.clients import open_access
from warehouse.faults import explain
from warehouse.jobs import APPLICATION

NO_STAGE = "no stage"


@dataclass
class Used:
    """What a stage's jobs came to."""

    jobs: int = 0
    bytes_billed: int = 0
    slot_ms: int = 0
    failed: int = 0

    @property
    def cost(self) -> float:
        """List price of what was billed, $."""
        return self.bytes_billed / prices.TIB * prices.QUERY_TIB.value


@dataclass(frozen=True)
class Span:
    """From when to when jobs count; `until` None: until now."""

    since: datetime
    until: datetime | None

    def __str__(self) -> str:
        until = f"{self.until:%Y-%m-%d %H:%M:%S}" if self.until else "now"
        return f"{self.since:%Y-%m-%d %H:%M:%S} until {until} UTC"


def span_of(found: Newest | None, settings: BigQuerySettings) -> Span:
    """Return when the newest night was, in UTC (pure).

    One that was interrupted lasts until now: its stages may have written after it was noted.

    Raises:
        UserError: there is none, or it was not held on this BigQuery.
    """
    where = {"STORAGE_PREFERENCE": "GCP", "GCP_PROJECT_ID": settings.project}
    if found is None or any(found.settings.get(name) != value for name, value in where.items()):
        why = f"the newest night, {found.night_id}, is another's" if found else "none was held here"
        raise UserError(
            f"there is no night of {settings.project} to count",
            why=why,
            fix="run it where the night was held, with its PROJECT_ID",
        )
    until = found.ended_at if found.status == "complete" else None
    return Span(found.started_at.astimezone(UTC), until.astimezone(UTC) if until else None)


def used_by_stage(jobs: Iterable[Any]) -> dict[str, Used]:
    """Return what our jobs used by the stage in their label, the dearest first (pure).

    What others ask in the project has no label of ours and does not count. A script is a job, and
    so are its statements, which have its bytes once more: only the script counts.
    """
    found: dict[str, Used] = {}
    for job in jobs:
        if getattr(job, "parent_job_id", None):
            continue
        labels = job.labels or {}
        if labels.get("application") != APPLICATION:
            continue
        used = found.setdefault(labels.get("stage", NO_STAGE), Used())
        used.jobs += 1
        used.bytes_billed += int(getattr(job, "total_bytes_billed", None) or 0)
        used.slot_ms += int(getattr(job, "slot_millis", None) or 0)
        used.failed += bool(job.error_result)
    return dict(sorted(found.items(), key=lambda one: (-one[1].bytes_billed, one[0])))


def read_jobs(settings: BigQuerySettings, span: Span, say: Callable[[str], None]) -> list[Any]:
    """Return the project's jobs of a time; only one's own where all may not be seen.

    Raises:
        UserError: BigQuery does not list them.
    """
    from google.api_core.exceptions import Forbidden

    client = open_access(settings).client()
    made = partial(client.list_jobs, min_creation_time=span.since, max_creation_time=span.until)
    try:
        try:
            return list(made(all_users=True))
        except Forbidden:
            say("only this login's jobs: all need bigquery.jobs.listAll (BigQuery Resource Viewer)")
            return list(made())
    except Exception as error:
        raise explain(error, "the jobs could not be listed", settings) from error


def table(found: dict[str, Used], span: Span) -> Table:
    """Lay what was used out, all stages together at the end."""
    shown = Table(
        "stage", "jobs", "failed", "MiB billed", "slot seconds", "$ list price",
        title=f"the night's jobs on BigQuery, {span}",
    )  # fmt: skip
    for column in shown.columns[1:]:
        column.justify = "right"
    whole = Used()
    for stage, used in found.items():
        shown.add_row(stage, *_cells(used))
        whole.jobs += used.jobs
        whole.failed += used.failed
        whole.bytes_billed += used.bytes_billed
        whole.slot_ms += used.slot_ms
    shown.add_section()
    shown.add_row("all", *_cells(whole))
    return shown


def _cells(used: Used) -> list[str]:
    return [
        f"{used.jobs:,}", f"{used.failed:,}", f"{used.bytes_billed / 2**20:,.1f}",
        f"{used.slot_ms / 1000:,.1f}", f"{used.cost:.4f}",
    ]  # fmt: skip
