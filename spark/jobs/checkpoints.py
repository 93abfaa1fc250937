"""Checkpoints of the live query: a fresh one for each driver, as the ledgers say where to go on."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from spark.jobs.paths import LakePaths


def fresh_checkpoint(paths: LakePaths, night_id: str, query: str, *, epoch: int) -> str:
    """Return the address of a checkpoint that no driver has used yet.

    Those of older drivers are deleted where the lake is a folder; a newer driver's stays, as this
    one may have been overtaken without having seen it.

    Args:
        paths: Of the lake.
        night_id: Of the night.
        query: Its name.
        epoch: Of this driver's lease.
    """
    run = f"{epoch}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    path = paths.checkpoint(night_id, query, run)
    if "://" not in path:
        for other in Path(path).parent.glob("*"):
            if _epoch_of(other) <= epoch:
                shutil.rmtree(other, ignore_errors=True)
    return path


def _epoch_of(checkpoint: Path) -> int:
    epoch = checkpoint.name.partition("-")[0]
    return int(epoch) if epoch.isdecimal() else 0
