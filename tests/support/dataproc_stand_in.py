"""Dataproc's batches over REST on 127.0.0.1: each begins once and goes through given states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from support.http_stand_in import Reply, Request, answering, json_reply


@dataclass
class Batches:
    """Batches by name, as they were submitted, and the states that each look finds."""

    states: list[str]
    submitted: dict[str, dict[str, Any]] = field(default_factory=dict)
    address: str = ""

    def answer(self, asked: Request) -> Reply:
        """Return what the service says to a request."""
        name = asked.path.removeprefix("/v1/")
        if asked.method == "POST":
            return self._submit(f"{name}/{asked.query['batchId']}", asked.json())
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        found = {"name": name, "state": state, "stateMessage": f"it {state.lower()}"}
        return json_reply(200, found)

    def _submit(self, name: str, batch: dict[str, Any]) -> Reply:
        if name in self.submitted:
            return json_reply(409, {"error": {"code": 409, "message": f"Already exists: {name}",
                                              "status": "ALREADY_EXISTS"}})  # fmt: skip
        self.submitted[name] = batch
        return json_reply(200, {"name": "projects/p/regions/r/operations/o", "done": False})


@contextmanager
def dataproc_service(*states: str) -> Iterator[Batches]:
    """Serve until the block ends."""
    batches = Batches(list(states))
    with answering(batches.answer) as batches.address:
        yield batches
