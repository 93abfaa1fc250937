"""Cloud Storage's JSON API on 127.0.0.1, as far as one object a name with generations goes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Store:
    """Objects by name, with their generation; `trouble` is what the next writings meet."""

    objects: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    writings: int = 0
    address: str = ""

    def write(self, name: str, content: bytes, match: int | None) -> tuple[int, dict[str, Any]]:
        """Write if the generation is the demanded one; the answer may be lost, or a refusal."""
        self.writings += 1
        trouble = self.trouble.pop(0) if self.trouble else ""
        if trouble.isdigit():
            return int(trouble), {"error": {"message": "try again"}}
        held = self.objects.get(name, (0, b""))[0]
        if match is not None and match != held:
            return 412, {"error": {"message": "conditionNotMet"}}
        self.objects[name] = (held + 1000, content)
        if trouble == "lost":
            return 503, {"error": {"message": "done, but nobody hears it"}}
        return 200, {"name": name, "generation": str(held + 1000)}


@contextmanager
def bucket_store() -> Iterator[Store]:
    """Serve an empty store until the block ends."""
    store = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = unquote(urlsplit(self.path).path.rsplit("/o/", 1)[1])
            if name not in store.objects:
                self._send(404, b"{}", {})
                return
            generation, content = store.objects[name]
            self._send(200, content, {"x-goog-generation": str(generation)})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            boundary = self.headers["Content-Type"].split("boundary=")[1].strip("\"'").encode()
            _, about, data, _ = body.split(b"--" + boundary)
            name = json.loads(about.split(b"\r\n\r\n", 1)[1])["name"]
            content = data.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
            asked = parse_qs(urlsplit(self.path).query).get("ifGenerationMatch")
            status, answer = store.write(name, content, int(asked[0]) if asked else None)
            self._send(status, json.dumps(answer).encode(), {})

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
