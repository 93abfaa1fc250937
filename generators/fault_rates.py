"""Which faults a night has: the setting FAULTS, read and checked. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from election.errors import UserError

NONE = "none"
COUNTS = ("lose", "alter")


@dataclass(frozen=True)
class FaultRates:
    """Rates of each fault among the events it can befall; `lose` and `alter` are counts.

    `lose` and `alter` are the negative control: ingestion removes so many accepted papers from
    raw, or alters them there. The generator only reads the words.
    """

    duplicate: float = 0.005
    second_ballot: float = 0.0001
    unknown_elector: float = 0.0002
    wrong_station: float = 0.0005
    late: float = 0.005
    reorder: float = 0.05
    malformed: float = 0.0002
    conflict: float = 0.0001
    correction: float = 1 / 30
    lose: int = 0
    alter: int = 0


NAMES = tuple(field.name for field in fields(FaultRates))
NO_FAULTS = FaultRates(**dict.fromkeys(NAMES, 0))


def parse(text: str) -> FaultRates:
    """Read `duplicate:0.01,lose:1`; what is not named keeps its default.

    An empty text is the defaults. `none` is no fault at all, and may be followed by those that
    there are to be: `none,lose:1`.

    Raises:
        UserError: an unknown name or a value that is no rate or count.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    rates = FaultRates()
    if parts and parts[0].lower() == NONE:
        rates, parts = NO_FAULTS, parts[1:]
    values: dict[str, Any] = {}
    for part in parts:
        name, _, value = part.partition(":")
        values[_known(name.strip(), part)] = _value(name.strip(), value.strip())
    return replace(rates, **values)


def _known(name: str, part: str) -> str:
    if name in NAMES:
        return name
    raise UserError(
        f"FAULTS: {part!r} is not a fault",
        why=f"the names are {', '.join(NAMES)}; rates 0 to 1, for {' and '.join(COUNTS)} a number",
        fix="write FAULTS=duplicate:0.01,late:0.02, or FAULTS=none",
    )


def _value(name: str, text: str) -> float | int:
    try:
        value = int(text) if name in COUNTS else float(text)
    except ValueError:
        value = -1
    if name in COUNTS and value >= 0:
        return value
    if name not in COUNTS and math.isfinite(value) and 0 <= value <= 1:
        return value
    wanted = "a whole number of 0 or more" if name in COUNTS else "a rate from 0 to 1"
    raise UserError(
        f"FAULTS: {name}:{text} cannot be used",
        why=f"{name} takes {wanted}; the names are {', '.join(NAMES)}",
        fix=f"write FAULTS={name}:{'1' if name in COUNTS else '0.01'}",
    )
