"""The version of a kept table's columns: written when the table is made, read at every start.

It stands in the table's description: delta-rs takes no property that it does not know (ADR 23).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from election.errors import UserError

if TYPE_CHECKING:
    from deltalake import DeltaTable

_SAID = re.compile(r"schema version ([0-9]+)")


def said(version: int) -> str:
    """Return a table's description."""
    return f"schema version {version}"


def version_of(table: DeltaTable) -> int:
    """Return the version that a table was made with."""
    found = _SAID.fullmatch(table.metadata().description or "")
    # The tables of version 1 were the first, and were made before it was written down.
    return int(found[1]) if found else 1


def check_version(what: str, table: DeltaTable, version: int, *, fix: str) -> None:
    """Refuse a table with the columns of another version.

    Args:
        what: The table, as a subject.
        table: The table.
        version: The version that this program reads and writes.
        fix: The command that makes the table anew.

    Raises:
        UserError: naming both versions.
    """
    if (there := version_of(table)) != version:
        raise UserError(
            f"{what} has schema version {there}, this program reads and writes {version}",
            why="the table was made by another version of this program",
            fix=fix,
        )
