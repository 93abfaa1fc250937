"""BigQuery's job API on 127.0.0.1: answers as a script says, in the service's own words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found = service.insert(json.loads(self._body()))
            if found is None:
                self.close_connection = True
                return
            self._send(*found)

        def do_GET(self) -> None:
            path, name = self.path.split("?")[0].rsplit("/", 1)
            if path.endswith("/queries"):
                self._send(200, service.result(name))
            else:
                self._send(200, service.jobs[name])

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers["Content-Length"]))

        def _send(self, status: int, answer: dict[str, Any]) -> None:
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
