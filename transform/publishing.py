"""Publishing: a new edition only after a run that passed, and only if it passes itself."""

from __future__ import annotations

from dataclasses import dataclass

from election import crash_points
from transform.cadence import Runner
from transform.edition_stores import EditionStore
from transform.outcome import Outcome
from transform.selection import EDITION


@dataclass(frozen=True)
class Editions:
    """The marts' editions; `checking` runs invariants on what stands beside."""

    checking: Runner
    store: EditionStore

    def after(self, outcome: Outcome) -> Outcome:
        """Copy the marts, check the copy and publish it; after a run that failed do nothing.

        Raises:
            psycopg.Error: the database does not take it; the last good edition stays.
            UserError: BigQuery does not.
        """
        if outcome.verdict != "pass":
            return outcome
        self.store.copy_beside()
        crash_points.reached("dbt.copied")
        outcome = outcome.then(self.checking.run(EDITION))
        if outcome.verdict == "pass":
            self.store.put_in_place()
            crash_points.reached("dbt.published")
        return outcome
