"""Every place that a running night writes to or serves from, searched for a few words.

What is searched: the topics that our programs write, every table of every schema, every file of
the night's folder (parquet by its rows, what is zipped by what is in it), what the commands list
and export, the dashboard's metrics, and all that a browser is sent for each page.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen

import polars as pl
from playwright.sync_api import Page, WebSocket
from psycopg import sql
from support import pages
from support.browser_night import RunningNight
from support.scene_marts import declared_columns

from election.settings import BrokerSettings
from election.topics import INPUT_TOPICS, TOPICS
from embedded import attach
from embedded.paths import PROJECT_ROOT
from exports.__main__ import main as export
from spark.broker import read_topic

# What strangers sent lies in the input topics as they sent it, and in the servers' own files.
OF_SERVERS = ("kafka", "postgres")
WRITTEN_BY_US = tuple(name for name in TOPICS if name not in INPUT_TOPICS)
_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""
_HAS_ONE = "select exists(select from {} as t where t::text ilike any(%s))"


@dataclass(frozen=True)
class Words:
    """What is searched for, in every form that bytes are kept in."""

    forms: tuple[str, ...]

    @classmethod
    def of(cls, *words: str) -> Words:
        """Return words as text, as hex and as base64."""
        return cls(tuple(form for word in words for form in _forms(word.encode())))

    def are_in(self, content: bytes | str) -> bool:
        """Return whether one of them is there, in one of its forms; hex in either case."""
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        lower = text.lower()
        return any(form in text or form.lower() in lower for form in self.forms)


def _forms(word: bytes) -> Iterator[str]:
    yield word.decode()
    yield word.hex()
    for shift in range(3):
        # Characters that hold bits of the neighbours are left out.
        whole = b64encode(b"\0" * shift + word).decode().rstrip("=")
        yield whole[(4 * shift + 2) // 3 : -1]


def places_with(words: Words, night: RunningNight, page: Page, out: Path, *paths: str) -> set[str]:
    """Return the names of the places that have one of the words.

    Args:
        words: What to look for.
        night: Where.
        page: A page of a browser; it is led through all pages of the dashboard.
        out: An empty folder for exports.
        paths: More addresses of the dashboard to look at.
    """
    environment = night.environment()
    return {
        *_topics(words, environment),
        *_tables(words, environment),
        *_files(words, night.folder, "file"),
        *_commands(words, night.folder),
        *_exports(words, environment, out),
        *_sent_to_browsers(words, night.url, page, (*pages.PATHS, *paths)),
    }


def _topics(words: Words, environment: dict[str, str]) -> Iterator[str]:
    broker = BrokerSettings.model_validate(environment)
    for topic in WRITTEN_BY_US:
        for message in read_topic(broker, topic):
            parts = (message.key(), message.value(), repr(message.headers()))
            if any(words.are_in(part) for part in parts if part is not None):
                yield f"topic {topic}"
                break


def _tables(words: Words, environment: dict[str, str]) -> Iterator[str]:
    patterns = [f"%{form}%" for form in words.forms]
    with attach.connect(environment, "app") as admin:
        tables = admin.execute(_TABLES).fetchall()
        assert {schema for schema, _ in tables} >= {"raw", "analytics", "ops", "marts"}
        for schema, name in tables:
            query = sql.SQL(_HAS_ONE).format(sql.Identifier(schema, name))
            if _one(admin, query, patterns):
                yield f"table {schema}.{name}"


def _one(admin: Any, query: sql.Composed, patterns: list[str]) -> bool:
    found = admin.execute(query, (patterns,)).fetchone()
    return bool(found[0])


def _files(words: Words, folder: Path, what: str) -> Iterator[str]:
    looked_at = 0
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if parts[0] in OF_SERVERS or not path.is_file():
            continue
        try:
            content = _content(path)
        except FileNotFoundError:
            continue  # the night goes on: it has been put away since it was listed
        looked_at += 1
        if words.are_in(content):
            yield f"{what} {'/'.join(parts[:2])}"
    assert looked_at > 0, folder


def _content(path: Path) -> str | bytes:
    if path.suffix == ".parquet":
        return repr(pl.read_parquet(path).rows())
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def _commands(words: Words, folder: Path) -> Iterator[str]:
    for command in ("dlq", "status", "logs"):
        done = subprocess.run(
            [sys.executable, "-m", "embedded", "--var", str(folder), command],
            capture_output=True, timeout=120, check=False, cwd=PROJECT_ROOT,
        )  # fmt: skip
        assert done.stdout, done.stderr.decode()
        if words.are_in(done.stdout + done.stderr):
            yield f"command {command}"


def _exports(words: Words, environment: dict[str, str], out: Path) -> Iterator[str]:
    with patch.dict(os.environ, environment):
        for mart in declared_columns():
            assert export(["mart", mart, "json", "--out", str(out)]) == 0
        for standard in ("nist", "openelections"):
            assert export([standard, "--out", str(out)]) == 0
    yield from _files(words, out, "export")


def _sent_to_browsers(words: Words, url: str, page: Page, paths: tuple[str, ...]) -> Iterator[str]:
    with urlopen(f"{url}/_stcore/metrics", timeout=30) as answer:
        if words.are_in(answer.read()):
            yield "metrics of the dashboard"
    for path in paths:
        with _watched(page) as sent:
            pages.open_page(page, url, path)
            page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
            has_it = words.are_in(page.content())
        if has_it or any(map(words.are_in, sent)):
            yield f"page {path or 'tonight'}"


@contextmanager
def _watched(page: Page) -> Iterator[list[bytes | str]]:
    """Give all that a page is sent over its sockets while the block runs."""
    sent: list[bytes | str] = []

    def listen(socket: WebSocket) -> None:
        # Playwright marks what it calls, which a built-in method does not bear.
        socket.on("framereceived", lambda frame: sent.append(frame))

    page.on("websocket", listen)
    try:
        yield sent
    finally:
        page.remove_listener("websocket", listen)
    assert sent, "the page was sent nothing"
