"""The colours that the marts give to parties, read from the macro that declares them."""

from __future__ import annotations

import re
from pathlib import Path

MACRO = Path(__file__).resolve().parents[2] / "dbt" / "macros" / "election" / "parties.sql"


def party_colours() -> dict[str, str]:
    """Return colour by abbreviation, of every party that has one."""
    return dict(re.findall(r"'(\w+)': \('(#[0-9a-f]{6})'", MACRO.read_text()))
