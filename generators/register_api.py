"""Asks a RandomUser-compatible API for pages of people: slowly, again where it is busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx
import stamina
from stamina.instrumentation import RetryDetails, get_on_retry_hooks, set_on_retry_hooks

from election.errors import UserError
from generators.register_people import WANTED_FIELDS, people_in
from generators.register_url import check_url, shown_url
from generators.request_rate import RequestRate

ATTEMPTS = 5
LONGEST_PAUSE_S = 20.0
LONGEST_RETRY_AFTER_S = 120.0
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
PAGE_WITHIN_S = 180.0
PAGE_BYTES_AT_MOST = 64 * 2**20  # 5,000 whole people are 6 MiB
NATIONALITY = "gb"

_OK, _TOO_MANY_REQUESTS, _SERVER_ERRORS = 200, 429, 500


class BusyError(Exception):
    """The API asks for patience; `after_s` is how much, where it says."""

    def __init__(self, status: int, after_s: float | None) -> None:
        super().__init__(f"HTTP {status}")
        self.after_s = after_s


class RegisterApi:
    """The pages of one register; `with RegisterApi(...) as api: api.people(1)`.

    Args:
        url: The API's address; its own query is kept.
        seed: What the API makes its people from; same seed, same people.
        page_size: People a page.
        rate: Requests a second, those that are tried again included.
        transport: Stands in for the network.
        timeout: Of a connection and of each piece of a reply.
        now: Wall clock, for a `Retry-After` that is a date.
        say: Gets a line for each try that failed.
    """

    def __init__(
        self,
        url: str,
        *,
        seed: str,
        page_size: int,
        rate: RequestRate,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        check_url(url)
        self._shown = shown_url(url)
        self._url = httpx.URL(url).copy_merge_params(
            {
                "results": str(page_size),
                "seed": seed,
                "nat": NATIONALITY,
                "inc": ",".join(WANTED_FIELDS),
            }
        )
        self._rate = rate
        self._now = now
        self._say = say
        self._client = httpx.Client(
            timeout=timeout, transport=transport, headers={"Accept": "application/json"}
        )

    def __enter__(self) -> RegisterApi:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def people(self, page: int) -> list[Any]:
        """Return the people of a page, as the API gives them.

        Raises:
            UserError: no usable reply, however often it was asked for.
        """
        try:
            with _saying(self._say, page):
                body = self._body(page)
            return people_in(body)
        except ValueError as problem:
            raise self._refusal(page, str(problem)) from None

    def _body(self, page: int) -> bytes:
        try:
            for attempt in stamina.retry_context(
                on=pause_after,
                attempts=ATTEMPTS,
                timeout=None,
                wait_initial=1.0,
                wait_max=LONGEST_PAUSE_S,
            ):
                with attempt:
                    self._rate.wait()
                    return self._ask(page)
        except BusyError as error:
            wait = f" and asks to wait {error.after_s:,.0f} s" if error.after_s else ""
            raise self._no_answer(page, f"{_named(error)}{wait}") from None
        except httpx.RequestError as error:
            raise self._no_answer(page, _named(error)) from None
        raise AssertionError("unreachable")

    def _ask(self, page: int) -> bytes:
        url = self._url.copy_merge_params({"page": str(page)})
        with self._client.stream("GET", url) as reply:
            if reply.status_code == _TOO_MANY_REQUESTS or reply.status_code >= _SERVER_ERRORS:
                said = reply.headers.get("Retry-After", "")
                raise BusyError(reply.status_code, retry_after_s(said, self._now()))
            if reply.status_code != _OK:
                raise self._refusal(page, f"it answers HTTP {reply.status_code}")
            return self._read(page, reply)

    def _read(self, page: int, reply: httpx.Response) -> bytes:
        """Read a reply that may be endless, or endlessly slow."""
        body = bytearray()
        began = time.monotonic()
        for piece in reply.iter_bytes():
            body += piece
            if len(body) > PAGE_BYTES_AT_MOST:
                raise self._refusal(page, f"the reply is over {PAGE_BYTES_AT_MOST >> 20} MiB")
            if time.monotonic() - began > PAGE_WITHIN_S:
                raise httpx.ReadTimeout(f"not complete after {PAGE_WITHIN_S:.0f} s")
        return bytes(body)

    def _refusal(self, page: int, why: str) -> UserError:
        return UserError(
            f"{self._shown} gave no people",
            why=f"page {page}: {why}",
            fix="set REGISTER to the address of a RandomUser-compatible API; what it must answer"
            " is in generators/README.md",
        )

    def _no_answer(self, page: int, why: str) -> UserError:
        return UserError(
            f"{self._shown} does not answer",
            why=f"page {page}, after {ATTEMPTS} tries at most: {why}",
            fix="run the same command again later: pages that are here already are kept",
        )


@contextmanager
def _saying(say: Callable[[str], None], page: int) -> Iterator[None]:
    """Tell people of tries that failed, in place of a line for a log."""

    def tell(details: RetryDetails) -> None:
        say(f"register: page {page}: {_named(details.caused_by)}; try {details.retry_num + 1} of"
            f" {ATTEMPTS} in {details.wait_for:.0f} s")  # fmt: skip

    before = get_on_retry_hooks()
    set_on_retry_hooks((tell,))
    try:
        yield
    finally:
        set_on_retry_hooks(before)


def _named(error: Exception) -> str:
    """Name what went wrong without the address, which may hold secrets."""
    return f"it answers {error}" if isinstance(error, BusyError) else type(error).__name__


def pause_after(error: Exception) -> bool | float:
    """Say whether a request is worth another try, or after how many seconds it is."""
    if isinstance(error, BusyError):
        if error.after_s is None:
            return True
        return error.after_s <= LONGEST_RETRY_AFTER_S and error.after_s
    return isinstance(error, httpx.TransportError)


def retry_after_s(header: str, now: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for: a number of them, or a date."""
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
