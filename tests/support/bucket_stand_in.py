"""Cloud Storage's JSON API on 127.0.0.1, as far as one object a name with generations goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from support.http_stand_in import Reply, Request, answering, json_reply


@dataclass
class Store:
    """Objects by name, with their generation; `trouble` is what the next writings meet."""

    objects: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    writings: int = 0
    address: str = ""

    def answer(self, asked: Request) -> Reply:
        """Return what the service says to a request."""
        if asked.method == "POST":
            name, content = _parts(asked)
            match = asked.query.get("ifGenerationMatch")
            return json_reply(*self.write(name, content, int(match) if match else None))
        name = unquote(asked.path.rsplit("/o/", 1)[1])
        if name not in self.objects:
            return Reply(404, b"{}")
        generation, content = self.objects[name]
        return Reply(200, content, {"x-goog-generation": str(generation)})

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


def _parts(asked: Request) -> tuple[str, bytes]:
    """Return an object's name and content from the two parts of an upload."""
    boundary = asked.headers["Content-Type"].split("boundary=")[1].strip("\"'").encode()
    _, about, data, _ = asked.body.split(b"--" + boundary)
    name: str = json.loads(about.split(b"\r\n\r\n", 1)[1])["name"]
    return name, data.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")


@contextmanager
def bucket_store() -> Iterator[Store]:
    """Serve an empty store until the block ends."""
    store = Store()
    with answering(store.answer) as store.address:
        yield store
