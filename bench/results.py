"""Result files: one a run, with the machine and the commit, and the table for people."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.row import Result

FOLDER = Path(__file__).with_name("results")


def write(results: list[Result], reference_ms: float, now: datetime, folder: Path = FOLDER) -> Path:
    """Write one run's results; returns the file.

    Args:
        results: The rows that were run.
        reference_ms: How fast the machine was, by `bench.reference`.
        now: When the run ended.
        folder: Where the files of all runs are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
    record = {
        "at": now.isoformat(),
        **machine(),
        "reference_ms": round(reference_ms, 1),
        "rows": [r.as_record() for r in results],
    }
    file.write_text(json.dumps(record, indent=2) + "\n")
    return file


def machine() -> dict[str, Any]:
    """Return what the figures depend on and no name of a host."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "python": platform.python_version(),
        "system": platform.system(),
        "commit": commit or None,
    }


def table(results: list[Result]) -> Table:
    """Lay the results out beside what they must reach."""
    shown = Table("row", "unit", "median", "range", "must", "aim", "CPU us/event")
    for result in results:
        record = result.as_record()
        colour = "green" if record["meets_must"] else "red"
        low, high = record["range"]
        cpu = record["cpu_us_per_event"]
        shown.add_row(
            record["name"],
            record["unit"],
            f"[{colour}]{record['median']:,.4g}[/]",
            f"{low:,.4g} - {high:,.4g}",
            f"{record['must']:,g}",
            f"{record['aim']:,g}",
            "-" if cpu is None else f"{cpu:.1f}",
        )
    return shown
