"""Reading the marts: one answer an interval for all viewers, the last good one when it fails.

Nothing here raises because the database is slow, gone or not filled yet: an `Answer` says so.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from queue import Empty, Full, LifoQueue
from typing import Any, Protocol

import polars as pl
import psycopg
import streamlit as st
from psycopg.types.numeric import FloatLoader

from dashboard.kept import kept
from dashboard.queries import Query
from dashboard.reading import Gone, NotBuilt, Slow
from election.settings import (
    BigQuerySettings,
    PostgresSettings,
    StorageSettings,
    read_settings,
)

Parameters = dict[str, str | int]
Connect = Callable[[], psycopg.Connection[Any]]

IDLE_CONNECTIONS = 4
ANSWERS_KEPT = 512
RETRY_AFTER_S = 2.0  # with the database gone, no viewer waits for a connection more often
CONNECT_OPTIONS: dict[str, Any] = {
    "autocommit": True,
    "connect_timeout": 2,
    "tcp_user_timeout": 5000,
    "application_name": "dashboard",
    "options": "-c statement_timeout=5000 -c default_transaction_read_only=on",
}


@dataclass(frozen=True)
class Answer:
    """Rows, when they were read, and whether they are what the marts say now."""

    frame: pl.DataFrame
    read_at: datetime | None = None  # None: never read
    is_current: bool = False  # False: the last good rows, or none at all
    exists: bool = True  # False: the mart has not been built yet

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries, the same ones to everybody: not to be changed."""
        return kept(pl.DataFrame.to_dicts, self.frame)

    @property
    def row(self) -> dict[str, Any] | None:
        """Return the first row, if there is one."""
        return self.rows[0] if self.frame.height else None


class Reads(Protocol):
    """What views need: the warehouse, or a fake of it."""

    def ask(self, query: Query, *, since: object = None, **parameters: str | int) -> Answer:
        """Answer a query; an answer given under another `since` is too old."""
        ...


@dataclass
class _Entry:
    answer: Answer = field(default_factory=lambda: Answer(pl.DataFrame()))
    asked: float = float("-inf")
    since: object = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Answers:
    """Shared by all viewers: the newest answer to each question."""

    def __init__(self, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._entries: OrderedDict[tuple[Any, ...], _Entry] = OrderedDict()
        self._entries_lock = threading.Lock()
        self._not_before = float("-inf")

    def ask(self, query: Query, *, since: object = None, **parameters: str | int) -> Answer:
        """Return a kept answer while it is young, else ask; the last good one when that fails.

        `since` is what the answer depends on: while it stays the same, the answer may be old.
        """
        entry = self._entry((query.name, *sorted(parameters.items())))
        if self._is_young(entry, query, since):
            return entry.answer
        # Whoever comes while another viewer asks takes the older answer; only the first waits.
        if not entry.lock.acquire(blocking=entry.answer.read_at is None):
            return entry.answer
        try:
            if not self._is_young(entry, query, since):
                entry.answer = self._fetch(query, parameters, entry.answer)
                entry.asked = self._seconds()
                entry.since = since if entry.answer.is_current else entry.since
            return entry.answer
        finally:
            entry.lock.release()

    def _is_young(self, entry: _Entry, query: Query, since: object) -> bool:
        return entry.since == since and self._seconds() - entry.asked < self._kept_s(query)

    def _kept_s(self, query: Query) -> float:
        """Return how long an answer is young."""
        return query.keep_s

    def _entry(self, key: tuple[Any, ...]) -> _Entry:
        with self._entries_lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > ANSWERS_KEPT:
                self._entries.popitem(last=False)
            return entry

    def _fetch(self, query: Query, parameters: Parameters, last: Answer) -> Answer:
        if self._seconds() < self._not_before:
            return replace(last, is_current=False)
        try:
            return _same_frame(self._run(query, parameters), last)
        except NotBuilt:
            return Answer(pl.DataFrame(), datetime.now(UTC), is_current=True, exists=False)
        except Slow:
            return replace(last, is_current=False)
        except Gone:
            self._not_before = self._seconds() + RETRY_AFTER_S
            return replace(last, is_current=False)

    def _run(self, query: Query, parameters: Parameters) -> Answer:
        """Ask the warehouse; raise `NotBuilt`, `Slow` or `Gone`."""
        raise NotImplementedError


def _same_frame(answer: Answer, last: Answer) -> Answer:
    """Return an answer that says what the last one said with the last one's frame.

    So whoever drew the last one sees without looking that there is nothing to draw.
    """
    if answer.exists == last.exists and answer.frame.equals(last.frame):
        return replace(answer, frame=last.frame)
    return answer


class Warehouse(Answers):
    """Answers from PostgreSQL, over idle connections."""

    def __init__(self, connect: Connect, *, seconds: Callable[[], float] = time.monotonic) -> None:
        super().__init__(seconds=seconds)
        self._connect = connect
        self._idle: LifoQueue[psycopg.Connection[Any]] = LifoQueue(IDLE_CONNECTIONS)

    def _run(self, query: Query, parameters: Parameters) -> Answer:
        try:
            return self._on_a_connection(query, parameters)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise NotBuilt from error
        except psycopg.errors.QueryCanceled as error:
            raise Slow from error
        except psycopg.Error as error:
            raise Gone from error

    def _on_a_connection(self, query: Query, parameters: Parameters) -> Answer:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            return self._execute(self._connect(), query, parameters)
        try:
            return self._execute(connection, query, parameters)
        except psycopg.errors.QueryCanceled:  # too slow now: asking again would not help
            raise
        except (psycopg.OperationalError, psycopg.errors.FeatureNotSupported):
            # The server was restarted, or dbt replaced a view under a prepared statement.
            self._drop_idle()
            return self._execute(self._connect(), query, parameters)

    def _execute(
        self, connection: psycopg.Connection[Any], query: Query, parameters: Parameters
    ) -> Answer:
        try:
            cursor = connection.execute(query.sql, parameters)
            names = [column.name for column in cursor.description or ()]
            frame = pl.DataFrame(
                cursor.fetchall(), schema=names, orient="row", infer_schema_length=None
            )
        except BaseException:
            connection.close()
            raise
        try:
            self._idle.put_nowait(connection)
        except Full:
            connection.close()
        return Answer(frame, datetime.now(UTC), is_current=True)

    def _drop_idle(self) -> None:
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return


def connector(settings: PostgresSettings) -> Connect:
    """Return what opens a connection as `reader`."""
    arguments: dict[str, Any] = {**settings.connect_arguments("reader"), **CONNECT_OPTIONS}

    def connect() -> psycopg.Connection[Any]:
        connection = psycopg.connect(**arguments)
        connection.adapters.register_loader("numeric", FloatLoader)  # sums of counts
        return connection

    return connect


@st.cache_resource(show_spinner=False)
def shared() -> Reads:
    """Return the warehouse of all viewers.

    Raises:
        UserError: A setting is missing.
    """
    if read_settings(StorageSettings).is_bigquery:
        from dashboard.bigquery import BigQueryMarts

        return BigQueryMarts(read_settings(BigQuerySettings))
    return Warehouse(connector(read_settings(PostgresSettings)))
