"""Keeping the result files as the marts are, until told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from election.settings import PostgresSettings
from election.stopping import StopRequest
from election.telemetry import get_logger
from exports import results
from exports.about import About
from exports.folder import ResultFolder
from exports.marts import Rows, snapshot

# A look with something to write costs a third of a core-second, most of it in PostgreSQL: it rests
# this many times as long as it worked, so that it never takes more than a twenty-fifth of a core.
REST = 25


class Keeper:
    """Writes what has changed since it last looked."""

    def __init__(self, postgres: PostgresSettings, folder: ResultFolder) -> None:
        self._postgres = postgres
        self._folder = folder
        self._seen: tuple[Rows, bool] = ([], False)

    def once(self) -> list[str]:
        """Write the files of the newest edition that changed; return their paths.

        While the headline stands still, with its as-of time, so does all below it: then one row
        is read and nothing else.
        """
        with snapshot(self._postgres) as marts:
            summary = marts.rows("national_summary", results.SUMMARY)
            is_last_good = marts.is_last_good()
            if not summary or (summary, is_last_good) == self._seen:
                return []
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
        written = self._folder.put(files, about.fields())
        self._seen = summary, is_last_good
        return written


def keep(once: Callable[[], list[str]], every_s: float, stopping: StopRequest) -> None:
    """Write again and again, and once more when asked to stop: what came last is in the files."""
    while True:
        is_last = stopping()
        started = time.monotonic()
        try:
            written = once()
            if written:
                get_logger().info("result files", written=len(written))
        except (psycopg.Error, OSError) as problem:  # the database restarts, a disk is full
            get_logger().warning("no result files", problem=str(problem).strip())
        if is_last:
            return
        stopping.wait(max(every_s, REST * (time.monotonic() - started)))
