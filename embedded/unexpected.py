"""Errors that nobody foresaw, in words for a person; what a developer needs goes to a log."""

from __future__ import annotations

import errno
import traceback
from contextlib import suppress
from pathlib import Path

from election.errors import PassingError, UserError, first_line

LOG_NAME = "error.log"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def explain(error: Exception, logs: Path) -> UserError:
    """Return an error as three lines; an unknown one's traceback is kept in the logs' folder."""
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return UserError(
            f"no room to write {error.filename or 'a file'}",
            why=str(error.strerror),
            fix="free some space, or `make clean` if an old night may go; then RESUME=1 goes on",
        )
    if isinstance(error, OSError) and error.filename:
        return UserError(
            f"{error.filename} cannot be used",
            why=str(error.strerror),
            fix="see that it is there, and that you may read and write it",
        )
    return PassingError(
        "this was not foreseen",
        why=f"{type(error).__name__}: {first_line(error)}",
        fix=f"read {_keep(logs)}; a night that was begun goes on with RESUME=1",
    )


def _keep(logs: Path) -> Path:
    log = logs / LOG_NAME
    with suppress(OSError):
        logs.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exc()))
    return log
