"""What a spooled register says of itself: pages, people, and who was dropped and why. Pure."""

from __future__ import annotations

from collections import Counter

import msgspec

VERSION = 1


class PageEntry(msgspec.Struct, forbid_unknown_fields=True):
    """What the manifest says of a page."""

    file: str
    sha256: str
    received: int
    kept: int
    dropped: dict[str, int]
    digest: str = ""


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """What a spool holds. `key` of the hashes is there only until the register is complete."""

    version: int
    source: str
    pages: dict[int, PageEntry] = {}
    key: str = ""
    people: int = 0
    sha256: str = ""  # of the people's file; empty until complete

    @property
    def is_complete(self) -> bool:
        """Say whether the register is whole: no page is needed any more."""
        return bool(self.sha256)

    @property
    def dropped(self) -> dict[str, int]:
        """Return how many people were dropped, by reason."""
        total: Counter[str] = Counter()
        for page in self.pages.values():
            total.update(page.dropped)
        return dict(total)

    @property
    def received(self) -> int:
        """Return how many people the API gave."""
        return sum(page.received for page in self.pages.values())
