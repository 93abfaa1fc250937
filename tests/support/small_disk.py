"""A small disk under a folder, that can be filled up and made free again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BLOCK = b"x" * 65_536


@dataclass(frozen=True)
class SmallDisk:
    """A mounted disk; `ballast` takes up all the room that is left."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Leave no byte free."""
        file = os.open(self._ballast, os.O_CREAT | os.O_WRONLY)
        try:
            while os.write(file, BLOCK):
                pass
        except OSError:  # full
            pass
        finally:
            os.close(file)

    def make_room(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a disk in memory at a new folder; skip the test where that is not allowed."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"mounting a small disk is not allowed here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: what is still being written there ends with the processes that write it.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
