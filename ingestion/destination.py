"""The dlt pipeline: from the broker's offsets in its state into raw, as parquet (I/O)."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import dlt
from dlt.pipeline.exceptions import PipelineStepFailed

from election import crash_points
from election.ddl import partition_suffix
from election.errors import UserError
from ingestion.offsets import Part, positions
from ingestion.raw import Raw
from ingestion.source import RESOURCE, Reading, messages

SCHEMA = "election"

# dlt reads its configuration from here; what the environment already says wins.
DLT_SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "RESTORE_FROM_DESTINATION": "true",  # without it no load carries the offsets
    "EXTRACT__WORKERS": "1",
    "NORMALIZE__WORKERS": "1",
    "LOAD__WORKERS": "4",
    "DATA_WRITER__FILE_MAX_ITEMS": "250000",
    "DATA_WRITER__BUFFER_MAX_ITEMS": "250000",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",
    "LOAD__RAISE_ON_FAILED_JOBS": "true",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
}


def configure_dlt() -> None:
    """Set dlt's settings for this process.

    Raises:
        UserError: the ADBC driver is missing: dlt would fall back to a load ten times slower.
    """
    if importlib.util.find_spec("adbc_driver_postgresql") is None:
        raise UserError(
            "raw cannot be loaded",
            why="the package adbc-driver-postgresql is not installed",
            fix="run `make setup`",
        )
    for name, value in DLT_SETTINGS.items():
        os.environ.setdefault(name, value)


class Pipeline:
    """One night's pipeline; nothing on disk is needed to go on from where raw is."""

    def __init__(self, raw: Raw, *, night_id: str, folder: Path) -> None:
        self._name = f"raw_{partition_suffix(night_id)}"
        self._folder = folder
        self._raw = raw
        self._pipeline: Any = None

    def start(self) -> dict[Part, int]:
        """Take up the state of the newest complete load; return its offsets.

        Packages that a kill left behind are thrown away: their offsets are read again and
        replace what had landed of them, so that a damaged file cannot stop a night.
        """
        shutil.rmtree(self._folder / self._name, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._pipeline = dlt.pipeline(
            self._name,
            pipelines_dir=str(self._folder.resolve()),
            dataset_name=self._raw.dataset,
            destination=self._raw.destination(),
        )
        self._pipeline.sync_destination()
        return self.offsets()

    def offsets(self) -> dict[Part, int]:
        """Return the next offset of every partition that something was landed of."""
        sources = self._pipeline.state.get("sources", {})
        resource = sources.get(SCHEMA, {}).get("resources", {}).get(RESOURCE, {})
        return positions(resource.get("offsets", {}))

    def load(self, reading: Reading) -> dict[Part, int]:
        """Read and land one load; return the offsets that are then complete."""
        source = dlt.source(lambda: messages(reading, self._raw), name=SCHEMA)()
        try:
            self._pipeline.extract(source, loader_file_format="parquet")
            crash_points.reached("ingestion.extracted")
            self._pipeline.normalize()
            crash_points.reached("ingestion.normalised")
            self._pipeline.load()
        except PipelineStepFailed as failure:
            raise cause_of(failure) from failure
        return self.offsets()


def cause_of(failure: BaseException) -> BaseException:
    """Return what went wrong inside dlt: our own error if there is one, else dlt's."""
    inner: BaseException | None = failure
    while inner is not None:
        if isinstance(inner, UserError):
            return inner
        inner = inner.__cause__ or inner.__context__
    return failure
