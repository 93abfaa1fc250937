"""Jobs that run once: an id says which, and a job that exists is waited for, not made again."""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from election.errors import UserError
from election.settings import BigQuerySettings
from election.telemetry import get_logger
from warehouse.faults import Verdict, explain, verdict

LONGEST_PAUSE_S = 16.0
FIRST_PAUSE_S = 0.5
REQUEST_S = 30.0
LONGEST_ID = 200
APPLICATION = "tallyhouse"
Start = Callable[[str], Any]


@dataclass(frozen=True)
class Jobs:
    """Runs jobs of one stage; `sleep` and `seconds` are the clock's."""

    client: Any  # of google.cloud.bigquery, or a fake of it
    settings: BigQuerySettings
    stage: str
    sleep: Callable[[float], None] = time.sleep
    seconds: Callable[[], float] = time.monotonic
    draws: Callable[[], float] = field(default=random.random)

    def query(
        self, sql: str, parameters: Sequence[Any] = (), *, name: str, doing: str,
        use_cache: bool = True,
    ) -> Any:  # fmt: skip
        """Run a query once by its name and return what the library gives of its result.

        Args:
            sql: One statement, or a script.
            parameters: Its named parameters.
            name: What tells this job from every other; a second call with it does nothing twice.
            doing: For an error, such as `analytics could not be written`.
            use_cache: Whether an older answer to the same question may be given.

        Raises:
            UserError: it did not succeed within the settings' limit, or never will.
        """
        from google.cloud.bigquery import QueryJobConfig

        config = QueryJobConfig(
            query_parameters=list(parameters),
            maximum_bytes_billed=self.settings.maximum_bytes_billed,
            use_query_cache=use_cache,
            use_legacy_sql=False,
            labels=self.labels,
        )

        def start(job_id: str) -> Any:
            return self.client.query(
                sql, job_config=config, job_id=job_id, location=self.settings.location,
                retry=None, job_retry=None, timeout=REQUEST_S,
            )  # fmt: skip

        return self.run(start, name=name, doing=doing)

    def read(self, sql: str, parameters: Sequence[Any] = (), *, doing: str) -> list[Any]:
        """Run a query that changes nothing and return its rows; each call asks anew."""
        return self.table(sql, parameters, doing=doing)[1]

    def table(
        self, sql: str, parameters: Sequence[Any] = (), *, doing: str
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Run a query that changes nothing; return the names of its columns, and its rows."""
        name = f"read-{time.time_ns():x}-{self.draws():.9f}"
        found = self.query(sql, parameters, name=name, doing=doing)
        return [f.name for f in found.schema], [tuple(row.values()) for row in found]

    @property
    def labels(self) -> dict[str, str]:
        """What bills and job lists show."""
        return labels_of(self.stage)

    def run(self, start: Start, *, name: str, doing: str) -> Any:
        """Start a job and return its result.

        A time-out tells nothing about what happened, so that the next try has the same id: if the
        job exists, it is waited for. Only a job that is known to have failed gets another id.
        """
        attempt, deadline = 1, self.seconds() + self.settings.give_up_after_s
        for pause in self._pauses():
            job = None
            try:
                job = self._job(start, job_id(self.stage, name, attempt))
                return job.result(retry=None, timeout=self.settings.give_up_after_s)
            except Exception as error:
                is_over = self.seconds() + pause > deadline
                if isinstance(error, UserError) or is_over or verdict(error) is not Verdict.PASSES:
                    raise explain(error, doing, self.settings) from error
                get_logger().warning("BigQuery", doing=doing, error=str(error)[:200], pause_s=pause)
                if job is not None and job.error_result:
                    attempt += 1
            self.sleep(pause)
        raise AssertionError("pauses do not end")

    def _job(self, start: Start, job_id: str) -> Any:
        from google.api_core.exceptions import Conflict

        try:
            return start(job_id)
        except Conflict:
            return self.client.get_job(
                job_id, location=self.settings.location, retry=None, timeout=REQUEST_S
            )

    def _pauses(self) -> Iterator[float]:
        """Yield growing pauses with jitter: many clients must not come back at once."""
        longest = FIRST_PAUSE_S
        while True:
            yield longest * (0.5 + self.draws() / 2)
            longest = min(longest * 2, LONGEST_PAUSE_S)


def labels_of(stage: str) -> dict[str, str]:
    """Return the labels of a stage's jobs."""
    return {"application": APPLICATION, "stage": stage}


def job_id(stage: str, name: str, attempt: int) -> str:
    """Return an id of letters, digits, `_` and `-`; a long or odd name ends in its hash."""
    plain = re.sub(r"[^\w-]", "_", name, flags=re.ASCII)
    if plain != name or len(plain) > LONGEST_ID:
        plain = f"{plain[:LONGEST_ID]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"tallyhouse-{stage}-{plain}-{attempt}"
