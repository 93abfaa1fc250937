"""Dataproc's batches over REST on 127.0.0.1: each begins once and goes through given states."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Batches:
    """Batches by name, as they were submitted, and the states that each look finds."""

    states: list[str]
    submitted: dict[str, dict[str, Any]] = field(default_factory=dict)
    address: str = ""


@contextmanager
def dataproc_service(*states: str) -> Iterator[Batches]:
    """Serve until the block ends."""
    batches = Batches(list(states))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = urlsplit(self.path)
            name = f"{asked.path.removeprefix('/v1/')}/{parse_qs(asked.query)['batchId'][0]}"
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if name in batches.submitted:
                self._send(409, {"error": {"code": 409, "message": f"Already exists: {name}",
                                           "status": "ALREADY_EXISTS"}})  # fmt: skip
                return
            batches.submitted[name] = body
            self._send(200, {"name": "projects/p/regions/r/operations/o", "done": False})

        def do_GET(self) -> None:
            name = urlsplit(self.path).path.removeprefix("/v1/")
            state = batches.states.pop(0) if len(batches.states) > 1 else batches.states[0]
            self._send(200, {"name": name, "state": state, "stateMessage": f"it {state.lower()}"})

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
    batches.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield batches
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
