"""What reading a mart may come to, in either warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class NotBuilt(Exception):  # noqa: N818 - a state of the night, not a mistake
    """The mart is not there yet."""


class Slow(Exception):  # noqa: N818 - a state of one question
    """The question took too long; another may be answered."""


class Gone(Exception):  # noqa: N818 - a state of the warehouse
    """The warehouse does not answer now."""


@dataclass(frozen=True)
class Reading:
    """When what is shown was read, and whether it is what the marts say now.

    `is_current` is False where an answer is the last good one, or was never given (`read_at`
    None); `is_part` where that is so of some answers, but not of the headline's.
    """

    read_at: datetime | None
    is_current: bool = True
    is_part: bool = False
