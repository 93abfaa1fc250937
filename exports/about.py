"""What every exported file says of itself (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from election import labels

# Of marts.national_summary; the election's clock is not among them: it moves while nothing changes.
COLUMNS = (
    "night_id", "election_id", "title", "is_synthetic", "scale", "polling_date", "status", "as_of",
)  # fmt: skip


@dataclass(frozen=True)
class About:
    """The night that a file is of, and how far it had come.

    `status` is embargoed, provisional, declared or corrected; `as_of` (UTC) is when the newest
    number was written, None before the first. `is_last_good` says that there are newer numbers
    which failed their checks.
    """

    night_id: str
    election_id: str
    title: str
    is_synthetic: bool
    scale: int
    polling_date: date
    status: str
    as_of: datetime | None
    is_last_good: bool = False

    @classmethod
    def of_row(cls, row: Mapping[str, Any], *, is_last_good: bool = False) -> About:
        """Take what is needed from a row of `national_summary`."""
        return cls(**{name: row[name] for name in COLUMNS}, is_last_good=is_last_good)

    @property
    def label(self) -> str:
        """Say whether the data are invented or a replay."""
        return labels.label(is_synthetic=self.is_synthetic)

    @property
    def licence(self) -> str:
        """Say under which licence the file may be used."""
        return labels.licence(is_synthetic=self.is_synthetic)

    def fields(self) -> dict[str, Any]:
        """Return what a file's head holds, by name."""
        return {
            "label": self.label,
            "title": self.title,
            "status": self.status,
            "as_of": self.as_of,
            "is_last_good": self.is_last_good,
            "licence": self.licence,
            "scale": self.scale,
            "election_id": self.election_id,
            "night_id": self.night_id,
        }

    def sentence(self) -> str:
        """Say the same in one line."""
        as_of = utc_seconds(self.as_of) if self.as_of else "no number yet"
        held_back = "; newer numbers failed their checks" if self.is_last_good else ""
        return (
            f"{self.label}; {self.title}; 1:{self.scale}; status {self.status}; as of {as_of}"
            f"{held_back}; licence: {self.licence}"
        )


def utc_seconds(moment: datetime) -> str:
    """Format a time in UTC with Z, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
