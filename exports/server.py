"""The result files over HTTP, for people who poll: an unchanged file costs them a 304."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from exports.folder import INDEX, etag_of

HOST = "127.0.0.1"
_HEADERS = {
    "Cache-Control": "no-cache",  # kept, but asked about each time
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
}


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of the folder's JSON files on 127.0.0.1; it serves when told to."""
    root = folder.resolve()

    class Handler(_Handler):
        folder = root

    return ThreadingHTTPServer((HOST, port), Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds: who says nothing is let go
    folder: Path

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        content = self._content()
        if content is None:
            self._head(HTTPStatus.NOT_FOUND, 0)
            return
        etag = f'"{etag_of(content)}"'
        if etag in _listed(self.headers.get("If-None-Match", "")):
            self._head(HTTPStatus.NOT_MODIFIED, 0, etag)
            return
        self._head(HTTPStatus.OK, len(content), etag)
        if with_body:
            self.wfile.write(content)

    def _content(self) -> bytes | None:
        """Return the file that is asked for; None if there is none, or it is not ours."""
        asked = unquote(urlsplit(self.path).path).lstrip("/") or INDEX
        try:
            file = (self.folder / asked).resolve()
            is_ours = file.is_relative_to(self.folder) and file.suffix == ".json"
            return file.read_bytes() if is_ours else None
        except (OSError, ValueError):
            return None

    def _head(self, status: HTTPStatus, length: int, etag: str | None = None) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if etag:
            self.send_header("ETag", etag)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: who asks is nobody's business."""


def _listed(header: str) -> list[str]:
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]
