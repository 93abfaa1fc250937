"""Google's REST APIs, asked as whoever deploys (I/O)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from cloud.settings import LoginSettings
from election.errors import UserError
from warehouse.clients import google_login, is_loopback, or_no_login

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
STAND_IN = "stand-in"  # the token that a stand-in gets
WITHIN_S = 30.0


class RefusedError(Exception):
    """Google answered, and not with what was asked for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Google answers {status}: {message}")
        self.status = status


@dataclass(frozen=True)
class Google:
    """Asks on behalf of one login; a context manager of its connections."""

    client: httpx.Client

    def __enter__(self) -> Google:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, url: str, **parameters: str) -> dict[str, Any]:
        """Return one answer.

        Raises:
            RefusedError: another status than 200.
            UserError: nobody answers.
        """
        try:
            answer = self.client.get(url, params=parameters)
        except httpx.TransportError as error:
            raise UserError(
                f"{httpx.URL(url).host} cannot be reached",
                why=str(error),
                fix="check the network, and run the same command again: it goes on where it was",
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise RefusedError(answer.status_code, message_of(answer))
        return dict(answer.json())

    def find(self, url: str, **parameters: str) -> dict[str, Any] | None:
        """Return one answer, None if there is no such thing."""
        try:
            return self.get(url, **parameters)
        except RefusedError as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def every(self, url: str, name: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Yield what a list of many pages has under a name."""
        while True:
            page = self.get(url, **parameters)
            yield from page.get(name, ())
            if not (token := page.get("nextPageToken")):
                return
            parameters["pageToken"] = token


def open_google(login: LoginSettings) -> Google:
    """Return Google as the settings' login sees it.

    A stand-in on this machine gets requests under the path of the host they were meant for, and
    never a real token.

    Raises:
        UserError: no login, or a stand-in that is not on this machine.
    """
    if login.endpoint:
        if not is_loopback(urlsplit(login.endpoint).hostname or ""):
            raise UserError(
                f"GOOGLE_API_ENDPOINT={login.endpoint} is not on this machine",
                why="a stand-in is believed in what it says of rights and datasets",
                fix="use an address on 127.0.0.1, or leave it out for the real Google",
            )
        return Google(_client(STAND_IN, _ToStandIn(httpx.URL(login.endpoint))))
    return Google(_client(_token(login), None))


def terraform_login(login: LoginSettings) -> dict[str, str]:
    """Return the variables by which Terraform finds the same login."""
    if login.credentials_file and login.token is None:
        file = Path(login.credentials_file).expanduser().resolve()
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}
    return {}


def message_of(answer: httpx.Response) -> str:
    """Return what an answer says went wrong."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def _client(token: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    return httpx.Client(
        headers={"Authorization": f"Bearer {token}"}, timeout=WITHIN_S, transport=transport
    )


class _ToStandIn(httpx.HTTPTransport):
    """Sends every request to one address, the host it was meant for before its path."""

    def __init__(self, endpoint: httpx.URL) -> None:
        super().__init__()
        self._endpoint = endpoint

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = b"/" + request.url.host.encode() + request.url.raw_path
        request.url = self._endpoint.copy_with(raw_path=path)
        request.headers["Host"] = self._endpoint.netloc.decode()
        return super().handle_request(request)


def _token(login: LoginSettings) -> str:
    if login.token is not None:
        return login.token.get_secret_value()
    from google.auth.transport.requests import Request

    with or_no_login("there is no login for Google"):
        found = google_login(login.credentials_file, [SCOPE])
        found.refresh(Request())
    return str(found.token)
