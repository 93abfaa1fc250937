"""A disk that has no room any more, and has it again: a small one, or else a limit on files."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil
import pytest

BLOCK = b"x" * 65_536
# No file may grow beyond this where files are limited: less than a page of any of them, and room
# for what a writer says about it in its log.
MOST_BYTES = 4096


class FullDisk(Protocol):
    """What a test of a full disk needs; `error` is what a writer is told by the system."""

    error: str

    def fill(self) -> None:
        """Leave no room."""
        ...

    def make_room(self) -> None:
        """Give the room back."""
        ...


@dataclass(frozen=True)
class SmallDisk:
    """A mounted disk; `ballast` takes up all the room that is left."""

    folder: Path
    error: str = "No space left on device"

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


@dataclass
class LimitedFiles:
    """Processes whose files may not grow; one that is started later may write again.

    Args:
        writers: Gives the ids of the processes that write; their children are limited too.
        log: Where they say what happens; emptied when they are limited, or they could not.
    """

    writers: Callable[[], list[int]]
    log: Path
    error: str = "File too large"
    _limited: list[psutil.Process] = field(default_factory=list)

    def fill(self) -> None:
        """Let no file of theirs grow."""
        for pid in self.writers():
            writer = psutil.Process(pid)
            self._limited += [writer, *writer.children(recursive=True)]
        os.truncate(self.log, 0)
        try:
            self._limit(MOST_BYTES)
        except PermissionError as error:  # they run as another user
            pytest.skip(f"no small disk can be mounted, and no limit set on the writers: {error}")

    def make_room(self) -> None:
        """Let files grow again."""
        self._limit(resource.RLIM_INFINITY)
        self._limited.clear()

    def _limit(self, most: int) -> None:
        for process in self._limited:
            if process.is_running():
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@contextmanager
def full_disk(
    folder: Path, megabytes: int, writers: Callable[[], list[int]], log: Path
) -> Iterator[FullDisk]:
    """Mount a disk in memory at a new folder; where that is not allowed, limit files instead."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if mounted.returncode:
        yield _limited_files(writers, log, why=mounted.stderr.strip())
        return
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: what is still being written there ends with the processes that write it.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _limited_files(writers: Callable[[], list[int]], log: Path, *, why: str) -> LimitedFiles:
    if not hasattr(resource, "prlimit"):
        pytest.skip(f"no small disk can be mounted ({why}), and no limit be set on files here")
    return LimitedFiles(writers, log)
