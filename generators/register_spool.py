"""A register on disk: pages while it is fetched, one file of people once it is complete.

A folder holds `manifest.json` and either `page-0001.parquet` and so on, or `people.parquet`. Every
file is written beside its place and then moved there, and the manifest names a page only after
it is on disk, with its SHA-256: what a kill leaves is a page more or less.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from hashlib import sha256
from pathlib import Path

import msgspec
import polars as pl

from election.errors import UserError
from generators.contest import REGISTER
from generators.register_manifest import VERSION, Manifest, PageEntry
from generators.register_people import PAGE, Page

PEOPLE = "people.parquet"
MANIFEST = "manifest.json"


class Spool:
    """A register that is being fetched into a folder.

    Args:
        folder: Of this register alone; made if missing.
        source: Where it comes from, as shown to people.
    """

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.manifest = _read_manifest(folder) or _begun(source)
        if self.manifest.is_complete and _sound(folder / PEOPLE, self.manifest.sha256) is None:
            self.manifest = _begun(source)
        self.manifest.pages = {
            number: page
            for number, page in self.manifest.pages.items()
            if self.manifest.is_complete or _sound(folder / page.file, page.sha256)
        }
        self._remove_what_is_not_listed()

    @property
    def key(self) -> bytes:
        """The key of this register's hashes."""
        return bytes.fromhex(self.manifest.key)

    def known(self) -> frozenset[str]:
        """Return the hashes of everybody on the pages here."""
        pages = [self._page(number)["person"] for number in sorted(self.manifest.pages)]
        return frozenset(pl.concat(pages)) if pages else frozenset()

    def digests(self) -> frozenset[str]:
        """Return the hashes of the pages here."""
        return frozenset(page.digest for page in self.manifest.pages.values() if page.digest)

    def add(self, number: int, page: Page) -> None:
        """Write a page and then the manifest that names it."""
        name = f"page-{number:04d}.parquet"
        self.manifest.pages[number] = PageEntry(
            file=name,
            sha256=_write(self.folder / name, _parquet(page.people)),
            received=page.received,
            kept=page.people.height,
            dropped=page.dropped,
            digest=page.digest,
        )
        self._write_manifest()

    def complete(self) -> None:
        """Join the pages in their order; hashes and their key go, age band and sex stay."""
        pages = [self._page(number) for number in sorted(self.manifest.pages)]
        people = pl.concat(pages).select(list(REGISTER))
        for page in self.manifest.pages.values():
            page.digest = ""
        self.manifest.key = ""
        self.manifest.people = people.height
        self.manifest.sha256 = _write(self.folder / PEOPLE, _parquet(people))
        self._write_manifest()
        self._remove_what_is_not_listed()

    def discard(self) -> None:
        """Forget all of it."""
        for file in self.folder.iterdir():
            file.unlink()
        self.folder.rmdir()

    def _page(self, number: int) -> pl.DataFrame:
        return pl.read_parquet(self.folder / self.manifest.pages[number].file).cast(PAGE)

    def _write_manifest(self) -> None:
        _write(self.folder / MANIFEST, msgspec.json.format(msgspec.json.encode(self.manifest)))

    def _remove_what_is_not_listed(self) -> None:
        """Remove pages of a complete register, and what a kill left half written."""
        listed = {MANIFEST, PEOPLE} if self.manifest.is_complete else {MANIFEST}
        if not self.manifest.is_complete:
            listed |= {page.file for page in self.manifest.pages.values()}
        for file in self.folder.iterdir():
            if file.name not in listed:
                file.unlink()


def read_register(folder: Path) -> pl.DataFrame:
    """Return the people of a complete spool, in their order.

    Raises:
        UserError: there is none, or it is not as it was written.
    """
    manifest = _read_manifest(folder)
    if manifest is None or not manifest.is_complete:
        raise UserError(
            f"there is no complete register in {folder}",
            why="it was never fetched to its end, or its manifest cannot be read",
            fix="run make demo REGISTER=<url> without RESUME=1 to fetch it and start a new night",
        )
    content = _sound(folder / PEOPLE, manifest.sha256)
    if content is None:
        raise UserError(
            f"the register in {folder} is damaged",
            why=f"{PEOPLE} is not what was written: its SHA-256 differs, or it is gone",
            fix="put the file back, or run make demo REGISTER=<url> without RESUME=1",
        )
    return pl.read_parquet(io.BytesIO(content)).cast(REGISTER)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep a second process from fetching the same register.

    Raises:
        UserError: another one does.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except OSError:
            raise UserError(
                "this register is being fetched by another process",
                why=f"it holds the lock of {folder}",
                fix="wait until it is done, or stop it",
            ) from None
        yield


def _begun(source: str) -> Manifest:
    return Manifest(version=VERSION, source=source, key=secrets.token_hex(32))


def _read_manifest(folder: Path) -> Manifest | None:
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.version == VERSION and (found.key or found.is_complete) else None


def _sound(file: Path, digest: str) -> bytes | None:
    """Return a file's content if it is what was written."""
    with suppress(OSError):
        content = file.read_bytes()
        if sha256(content).hexdigest() == digest:
            return content
    return None


def _parquet(people: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    people.write_parquet(out, compression="uncompressed")  # what is in it can be searched for
    return out.getvalue()


def _write(file: Path, content: bytes) -> str:
    """Replace a file in one step, readable by its owner alone; return its SHA-256."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    return sha256(content).hexdigest()
