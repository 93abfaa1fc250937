"""A RandomUser-like API on this machine: `python tests/support/register_server.py [port]`.

People are a function of seed and page. It sends every personal field, whatever `inc` asks for, as
a careless API would.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

HANG = "hang"
THIS_YEAR = 2026


def person(seed: str, page: int, row: int) -> dict[str, Any]:
    """Return one person with everything that must not be kept."""
    draw = random.Random(f"{seed}/{page}/{row}")
    age = draw.randint(21, 79)
    first, last = f"Ada{draw.getrandbits(40):x}", f"Quill{draw.getrandbits(40):x}"
    return {
        "gender": draw.choice(("female", "male")),
        "name": {"title": "Dr", "first": first, "last": last},
        "location": {
            "street": {
                "number": draw.randint(1, 9999),
                "name": f"Mill{draw.getrandbits(40):x} Road",
            },
            "city": f"Town{draw.getrandbits(40):x}",
            "state": "Fife",
            "postcode": f"QQ{draw.randint(10, 99)} {draw.randint(1, 9)}ZZ",
            "coordinates": {"latitude": f"{draw.uniform(-90, 90):.4f}"},
        },
        "email": f"{first}.{last}@example.com".lower(),
        "login": {
            "uuid": str(UUID(int=draw.getrandbits(128))),
            "username": f"user{draw.getrandbits(40):x}",
            "password": f"pass{draw.getrandbits(40):x}",
        },
        "dob": {
            "date": f"{THIS_YEAR - age}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
            f"T{draw.randint(0, 23):02d}:11:50.{draw.randint(0, 999):03d}Z",
            "age": age,
        },
        "registered": {"date": "2016-08-11T06:51:52.086Z", "age": 10},
        "phone": f"0{draw.getrandbits(40)}",
        "picture": {"large": f"https://pictures.example/{draw.getrandbits(40):x}.jpg"},
        "nat": "GB",
    }


@cache
def _page_of_people(seed: str, page: int, count: int) -> str:
    return json.dumps([person(seed, page, row) for row in range(count)])


def personal_texts(people: list[dict[str, Any]]) -> Iterator[str]:
    """Return everything of people that identifies them, as it stands in the reply."""
    for one in people:
        yield from (one["name"]["first"], one["name"]["last"], one["email"], one["phone"])
        yield from (one["location"]["street"]["name"], one["location"]["city"])
        yield from (one["location"]["postcode"], one["location"]["coordinates"]["latitude"])
        yield from one["login"].values()
        yield from (one["dob"]["date"], one["dob"]["date"][:10], one["picture"]["large"])


@dataclass
class FakeApi:
    """What the server answers; tests change it.

    `failures` holds, by page, what is answered first: a status, a status with `Retry-After`, the
    word `HANG`, or a body. `people` makes other pages than those of `person`.
    """

    people: Callable[[str, int, int], list[Any]] | None = None
    failures: defaultdict[int, deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def pages_asked(self) -> list[int]:
        return [int(query["page"]) for query in self.asked]

    def reply(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(query)
        page = int(query["page"])
        failure = self.failures[page].popleft() if self.failures[page] else None
        if failure == HANG:
            self.released.wait(30)
        if isinstance(failure, int):
            return failure, {}, b"{}"
        if isinstance(failure, tuple):
            return failure[0], {"Retry-After": failure[1]}, b"{}"
        if isinstance(failure, bytes):
            return 200, {}, failure
        wanted = (query["seed"], page, int(query["results"]))
        results = json.dumps(self.people(*wanted)) if self.people else _page_of_people(*wanted)
        info = json.dumps({"seed": query["seed"], "page": page, "version": "1.4"})
        return 200, {}, f'{{"results": {results}, "info": {info}}}'.encode()


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
            status, headers, body = api.reply(query)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def serving(api: FakeApi, port: int = 0) -> Iterator[FakeApi]:
    """Serve an API on 127.0.0.1, on any free port unless one is named."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(api))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}/api/"
    try:
        yield api
    finally:
        api.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    with serving(FakeApi(), int(sys.argv[1]) if len(sys.argv) > 1 else 0) as running:
        print(f"REGISTER={running.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{len(running.asked)} requests")
