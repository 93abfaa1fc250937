"""`make cost`: what a night's jobs billed and used, by stage, as BigQuery lists them (I/O)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.cost import prices
from election.settings import BigQuerySettings
from warehouse.clients import open_access
from warehouse.faults import explain
from warehouse.jobs import APPLICATION

LOOK_BACK = timedelta(hours=24)  # where no night says when it began
OTHERS = "not labelled"
_STAMP = re.compile(r"\.(\d{8}T\d{6}Z)$")


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


def began_at(summary: Path, now: datetime) -> datetime:
    """Return when the newest night began: its id says it; else a day ago."""
    try:
        night_id = str(json.loads(summary.read_text())["night_id"])
    except (OSError, ValueError, KeyError):
        return now - LOOK_BACK
    stamp = _STAMP.search(night_id)
    if stamp is None:
        return now - LOOK_BACK
    return datetime.strptime(stamp[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def used_by_stage(jobs: Iterable[Any]) -> dict[str, Used]:
    """Return what jobs used by the stage in their label, the dearest first (pure).

    A script is a job, and so are its statements, which have its bytes once more: only the script
    counts.
    """
    found: dict[str, Used] = {}
    for job in jobs:
        if getattr(job, "parent_job_id", None):
            continue
        labels = job.labels or {}
        ours = labels.get("application") == APPLICATION
        stage = labels.get("stage", OTHERS) if ours else OTHERS
        used = found.setdefault(stage, Used())
        used.jobs += 1
        used.bytes_billed += int(getattr(job, "total_bytes_billed", None) or 0)
        used.slot_ms += int(getattr(job, "slot_millis", None) or 0)
        used.failed += bool(job.error_result)
    return dict(sorted(found.items(), key=lambda one: (-one[1].bytes_billed, one[0])))


def read_jobs(settings: BigQuerySettings, since: datetime, say: Callable[[str], None]) -> list[Any]:
    """Return the project's jobs since a time; only one's own where all may not be seen.

    Raises:
        UserError: BigQuery does not list them.
    """
    from google.api_core.exceptions import Forbidden

    client = open_access(settings).client()
    try:
        try:
            return list(client.list_jobs(all_users=True, min_creation_time=since))
        except Forbidden:
            say("only this login's jobs: all need bigquery.jobs.listAll (BigQuery Resource Viewer)")
            return list(client.list_jobs(min_creation_time=since))
    except Exception as error:
        raise explain(error, "the jobs could not be listed", settings) from error


def table(found: dict[str, Used], since: datetime) -> Table:
    """Lay what was used out, all stages together at the end."""
    shown = Table(
        "stage", "jobs", "failed", "MiB billed", "slot seconds", "$ list price",
        title=f"BigQuery's jobs since {since:%Y-%m-%d %H:%M:%S} UTC",
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
