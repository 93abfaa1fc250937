"""What a check found wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from election.errors import UserError


@dataclass(frozen=True)
class Finding:
    """One thing that is not well; `stops`: nothing may be made before it is mended."""

    what: str
    fix: str
    stops: bool = True

    def line(self) -> str:
        """Return it in one line."""
        return f"{'STOP' if self.stops else 'note'}  {self.what}: {self.fix}"


def refuse(findings: Iterable[Finding], what: str) -> None:
    """Refuse to go on if anything stops.

    Raises:
        UserError: naming each finding that does.
    """
    stopping = [finding for finding in findings if finding.stops]
    if stopping:
        raise UserError(
            what,
            why="; ".join(finding.what for finding in stopping),
            fix="; ".join(dict.fromkeys(finding.fix for finding in stopping)),
        )
