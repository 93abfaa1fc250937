"""A folder for servers: PostgreSQL refuses root and starts as another user, who must get in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that any user may enter, deleted afterwards.

    It is not below pytest's own: every run of pytest closes that one to other users, under the
    feet of a run beside it.
    """
    with tempfile.TemporaryDirectory(prefix="tallyhouse-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
