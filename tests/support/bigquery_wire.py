"""BigQuery's job API on 127.0.0.1: answers as a script says, in the service's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from support.http_stand_in import Reply, Request, answering, json_reply

LOST = "done, and the connection breaks before the answer"


@dataclass(frozen=True)
class Refusal:
    """A status with its reason and message, as the service sends them."""

    status: int
    reason: str
    message: str

    def body(self) -> dict[str, Any]:
        error = {"reason": self.reason, "message": self.message, "domain": "global"}
        return {"error": {"code": self.status, "message": self.message, "errors": [error]}}


@dataclass
class Service:
    """Jobs by id, and what the next requests for a new one meet."""

    script: list[Refusal | str] = field(default_factory=list)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, asked: Request) -> Reply | None:
        """Return what the service says to a request."""
        if asked.method == "POST":
            found = self.insert(asked.json())
            return found and json_reply(*found)
        path, name = asked.path.rsplit("/", 1)
        is_result = path.endswith("/queries")
        return json_reply(200, self.result(name) if is_result else self.jobs[name])

    def insert(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """Return status and answer; None: no answer comes."""
        reference = {**body["jobReference"], "location": "EU"}
        name = reference["jobId"]
        self.asked.append(name)
        step = self.script.pop(0) if self.script else ""
        if isinstance(step, Refusal):
            return step.status, step.body()
        if name in self.jobs:
            return 409, Refusal(409, "duplicate", f"Already Exists: Job {name}").body()
        self.jobs[name] = {
            "jobReference": reference, "configuration": body["configuration"],
            "status": {"state": "DONE"},
            "statistics": {"query": {"statementType": "SELECT"}},
        }  # fmt: skip
        return None if step == LOST else (200, self.jobs[name])

    def result(self, name: str) -> dict[str, Any]:
        """Return the one row of every query."""
        return {
            "jobComplete": True, "jobReference": self.jobs[name]["jobReference"],
            "schema": {"fields": [{"name": "n", "type": "INTEGER"}]}, "totalRows": "1",
            "rows": [{"f": [{"v": "7"}]}],
        }  # fmt: skip


@contextmanager
def job_service() -> Iterator[Service]:
    """Serve jobs until the block ends."""
    service = Service()
    with answering(service.answer) as service.address:
        yield service
