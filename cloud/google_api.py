"""Google's REST APIs, asked as whoever deploys (I/O)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from cloud.refusals import RefusedError
from cloud.settings import LoginSettings
from election.errors import UserError
from warehouse.clients import google_login, is_loopback, or_no_login

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
STAND_IN = "stand-in"  # the token that a stand-in gets
WITHIN_S = 30.0
_QUOTA_PROJECT = "x-goog-user-project"


@dataclass(frozen=True)
class Google:
    """Asks on behalf of one login; a context manager of its connections."""

    client: httpx.Client

    @classmethod
    def bearing(
        cls, token: str, quota_project: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> Google:  # fmt: skip
        """Return Google as a token's bearer sees it.

        Args:
            token: Sent with every request.
            quota_project: Project whose quota requests count against; None: the bearer's own. It
                takes `serviceusage.services.use` there.
            transport: What carries requests, where that is not the network.
        """
        headers = {"Authorization": f"Bearer {token}"}
        if quota_project:
            headers[_QUOTA_PROJECT] = quota_project
        return cls(httpx.Client(headers=headers, timeout=WITHIN_S, transport=transport))

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
        return self._asked("GET", url, params=parameters)

    def post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a question that has a body; raises as `get`."""
        return self._asked("POST", url, json=body)

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

    def _asked(self, method: str, url: str, **question: Any) -> dict[str, Any]:
        try:
            answer = self.client.request(method, url, **question)
        except httpx.TransportError as error:
            raise UserError(
                f"{httpx.URL(url).host} cannot be reached",
                why=str(error),
                fix="check the network, and run the same command again: it goes on where it was",
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise RefusedError(answer)
        return dict(answer.json())


def open_google(login: LoginSettings, project: str) -> Google:
    """Return Google as the settings' login sees it, for questions about a project.

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
        return Google.bearing(STAND_IN, None, _ToStandIn(httpx.URL(login.endpoint)))
    if login.token is not None:
        return Google.bearing(login.token.get_secret_value(), login.quota_project)
    return Google.bearing(*_own_login(login, project))


def terraform_login(login: LoginSettings) -> dict[str, str]:
    """Return the variables by which Terraform finds the same login."""
    if login.credentials_file and login.token is None:
        file = Path(login.credentials_file).expanduser().resolve()
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}
    return {}


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


def _own_login(login: LoginSettings, project: str) -> tuple[str, str | None]:
    """Return the token of a key or of this machine's login, and whose quota its questions use."""
    from google.auth.transport.requests import Request

    with or_no_login("there is no login for Google"):
        found = google_login(login.credentials_file, [SCOPE])
        found.refresh(Request())
    return str(found.token), quota_project_of(found, project)


def quota_project_of(found: Any, project: str) -> str | None:
    """Return whose quota a login's questions use; None: a service account's own project (pure).

    A person has no project: without one, Resource Manager and others refuse to answer.
    """
    from google.oauth2.credentials import Credentials

    own: str | None = getattr(found, "quota_project_id", None)
    return own or (project if isinstance(found, Credentials) else None)
