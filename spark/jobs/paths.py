"""Where things are in the lake."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LakePaths:
    """Addresses below LAKE_PATH: a folder, or a gs:// address."""

    root: str

    def ledger(self, night_id: str, name: str) -> str:
        """Return the address of a tally ledger of a night."""
        return f"{self.ledgers(night_id)}/{name}"

    def ledgers(self, night_id: str) -> str:
        """Return the address of all ledgers of a night."""
        return f"{self.root}/ledgers/{night_id}"

    def table(self, layer: str, name: str) -> str:
        """Return the address of a table of bronze, silver, quarantine or gold."""
        return f"{self.root}/{layer}/{name}"

    def checkpoint(self, night_id: str, query: str, run: str) -> str:
        """Return the address of a query's checkpoint; one a run, the ledgers are what counts."""
        return f"{self.root}/checkpoints/{night_id}/{query}/{run}"
