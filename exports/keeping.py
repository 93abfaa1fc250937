"""Keeping the result files as the marts are, until told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from election.errors import UserError
from election.stopping import StopRequest
from election.telemetry import get_logger
from exports import results
from exports.about import About
from exports.folder import ResultFolder
from exports.marts import Marts, Rows, Snapshot

# A look with something to write costs a third of a core-second, most of it in PostgreSQL: it rests
# this many times as long as it worked, so that it never takes more than a twenty-fifth of a core.
REST = 25
_Seen = tuple[Rows, bool]


class Keeper:
    """Writes what has changed since it last looked."""

    def __init__(self, marts: Marts, folder: ResultFolder) -> None:
        self._marts = marts
        self._folder = folder
        self._seen: _Seen = ([], False)

    def once(self) -> list[str]:
        """Write the files of the newest edition that changed; return their paths.

        While the headline stands still, with its as-of time, so does all below it: then one row
        is read and nothing else.
        """
        found = self._marts.read(self._look)
        if found is None:
            return []
        files, about, seen = found
        written = self._folder.put(files, about.fields())
        self._seen = seen
        return written

    def _look(self, marts: Snapshot) -> tuple[dict[str, bytes], About, _Seen] | None:
        """Return the files, what they say of themselves, and what tells them from the next."""
        summary = marts.rows("national_summary", results.SUMMARY)
        is_last_good = marts.is_last_good()
        if not summary or (summary, is_last_good) == self._seen:
            return None
        files = results.files(
            summary[0],
            marts.rows("party_results", results.PARTIES, ("rank", "party_abbreviation")),
            marts.rows("regional_results", results.REGIONS, ("region_id", "rank")),
            marts.rows("constituency_results", results.SEATS, ("constituency_id",)),
            marts.rows(
                "candidate_results", results.CANDIDATES, ("constituency_id", "ballot_order")
            ),
            is_last_good=is_last_good,
        )
        about = About.of_row(summary[0], is_last_good=is_last_good)
        return files, about, (summary, is_last_good)


def keep(once: Callable[[], list[str]], every_s: float, stopping: StopRequest) -> None:
    """Write again and again, and once more when asked to stop: what came last is in the files."""
    while True:
        is_last = stopping()
        started = time.monotonic()
        try:
            written = once()
            if written:
                get_logger().info("result files", written=len(written))
        except (psycopg.Error, UserError, OSError) as problem:  # restarts, quotas, a full disk
            get_logger().warning("no result files", problem=str(problem).strip())
        if is_last:
            return
        stopping.wait(max(every_s, REST * (time.monotonic() - started)))
