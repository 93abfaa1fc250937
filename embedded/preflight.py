"""What is looked at before anything is started: a night that could not end is not begun."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryFile

from election.errors import UserError
from embedded.machine import check_disk
from embedded.paths import ProjectPaths


def lake_address(text: str | None) -> str | None:
    """Return LAKE_PATH as an address or a whole path, None where it is not set."""
    if not text or "://" in text:
        return text or None
    return str(Path(text).expanduser().resolve())


def check_night(paths: ProjectPaths, *, resume: bool, lake_path: str | None) -> None:
    """Refuse a night that has no room, no lake or nothing to go on with.

    Raises:
        UserError: what is missing, and what to do.
    """
    if resume:
        check_resumable(paths)
    check_disk(paths.var)
    if lake_path and "://" not in lake_path:
        check_lake(Path(lake_path))


def check_resumable(paths: ProjectPaths) -> None:
    """Refuse to continue where no night was ever begun."""
    if not (paths.var / "postgres" / "data").is_dir():
        raise UserError(
            "there is no night to continue",
            why=f"none was ever started in {paths.var}",
            fix="run make demo without RESUME=1",
        )


def check_lake(folder: Path) -> None:
    """Refuse a lake's folder that cannot be written, or has no room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"LAKE_PATH={folder} cannot be written",
            why=error.strerror or str(error),
            fix="set LAKE_PATH to a folder that you may write, or leave it out",
        ) from None
    check_disk(folder)


def cadence_s() -> float:
    """Return the seconds between two dbt runs.

    Raises:
        UserError: DBT_CADENCE_S is no number above 0.
    """
    text = os.environ.get("DBT_CADENCE_S") or "30"
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UserError(
            f"DBT_CADENCE_S={text} cannot be used",
            why="it is seconds between two dbt runs, above 0",
            fix="write DBT_CADENCE_S=30",
        )
    return seconds
