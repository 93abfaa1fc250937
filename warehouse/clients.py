"""The one place where BigQuery's clients are made, and where what must not be is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from election.errors import UserError, first_line
from election.settings import BigQuerySettings

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.bigquery import Client

EMULATOR = "emulator"  # stands for a key, and is the token that an emulator gets
SCOPES = ("https://www.googleapis.com/auth/bigquery",)


@dataclass(frozen=True)
class Access:
    """How to reach a project: as whom, and through which endpoint (None: the real one)."""

    settings: BigQuerySettings
    credentials: Credentials
    endpoint: str | None

    def client(self) -> Client:
        """Return a client whose jobs run in the settings' location."""
        from google.cloud import bigquery

        class Client(bigquery.Client):
            def _ensure_bqstorage_client(self, *_: Any, **__: Any) -> None:
                """Read rows where the query was asked: the storage service has another address."""

        return Client(
            self.settings.project,
            credentials=self.credentials,
            location=self.settings.location,
            client_options={"api_endpoint": self.endpoint} if self.endpoint else None,
        )

    def dlt_destination(self, **options: Any) -> Any:
        """Return dlt's BigQuery with the same access."""
        from warehouse.append_jobs import once_bigquery

        settings = self.settings
        return once_bigquery(
            self,
            credentials=self.credentials,
            project_id=settings.project,
            location=settings.location,
            retry_deadline=settings.give_up_after_s,
            **options,
        )

    def dbt_environment(self) -> dict[str, str]:
        """Return what `dbt/profiles.yml` reads, for the same access."""
        settings = self.settings
        file = settings.credentials_file or ""
        if self.endpoint:
            how = {"BIGQUERY_METHOD": "oauth-secrets", "BIGQUERY_ENDPOINT": self.endpoint}
        else:
            how = {"BIGQUERY_METHOD": "service-account" if file else "oauth"}
        return {
            **how,
            "GCP_PROJECT_ID": settings.project,
            "BIGQUERY_LOCATION": settings.location,
            "BIGQUERY_DATASET_PREFIX": settings.dataset_prefix,
            "BIGQUERY_MAXIMUM_BYTES_BILLED": str(settings.maximum_bytes_billed),
        }


def open_access(settings: BigQuerySettings) -> Access:
    """Return the access that settings describe.

    Raises:
        UserError: a fake key without an emulator, a real key for an emulator, an emulator that is
            not on this machine, a key that cannot be read, or BigQuery's clients are missing.
    """
    endpoint = _emulator(settings.emulator_host) if settings.emulator_host else None
    file = settings.credentials_file
    if endpoint is None and file == EMULATOR:
        raise UserError(
            f"CREDENTIALS_FILE={EMULATOR} cannot be used with the real BigQuery",
            why="it is the fake key of an emulator, and BIGQUERY_EMULATOR_HOST is not set",
            fix="set CREDENTIALS_FILE to a key, or leave it out and log in with gcloud",
        )
    if endpoint is not None and file not in (None, EMULATOR):
        raise UserError(
            "a real key was given for an emulator",
            why=f"BIGQUERY_EMULATOR_HOST is set, and CREDENTIALS_FILE is {file}",
            fix=f"set CREDENTIALS_FILE={EMULATOR}, or leave BIGQUERY_EMULATOR_HOST out",
        )
    return Access(settings, _credentials(settings, is_emulator=endpoint is not None), endpoint)


def _emulator(host: str) -> str:
    """Return an emulator's address."""
    address = host if "://" in host else f"http://{host}"
    if not is_loopback(urlsplit(address).hostname or ""):
        raise UserError(
            f"BIGQUERY_EMULATOR_HOST={host} is not on this machine",
            why="an emulator asks for no key: whoever listens there would get the night's data",
            fix="use an address on 127.0.0.1, or leave it out for the real BigQuery",
        )
    return address


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine (pure)."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _credentials(settings: BigQuerySettings, *, is_emulator: bool) -> Credentials:
    try:
        from google.oauth2 import credentials as oauth2
    except ImportError as error:
        raise UserError(
            "BigQuery cannot be used",
            why=f"its clients are not installed: {error}",
            fix="run `make bigquery`, or leave STORAGE_PREFERENCE out for PostgreSQL",
        ) from None
    if is_emulator:
        fake: Credentials = oauth2.Credentials(token=EMULATOR, quota_project_id=settings.project)
        return fake
    with or_no_login("BigQuery has no key to work with"):
        return google_login(settings.credentials_file, SCOPES)


def google_login(file: str | None, scopes: Sequence[str]) -> Credentials:
    """Return the login of a service account's key, or this machine's own without one.

    Raises:
        GoogleAuthError, OSError, ValueError: there is none; see `or_no_login`.
    """
    import google.auth
    from google.oauth2 import service_account

    if not file:
        found: Credentials = google.auth.default(scopes=scopes)[0]
        return found
    return service_account.Credentials.from_service_account_file(
        str(Path(file).expanduser()), scopes=scopes
    )


@contextmanager
def or_no_login(what: str) -> Iterator[None]:
    """Say in a person's words that a login is missing or was refused.

    Raises:
        UserError: it is.
    """
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (GoogleAuthError, OSError, ValueError) as error:
        raise UserError(
            what,
            why=first_line(error),
            fix="set CREDENTIALS_FILE to a service account's key, or run"
            " `gcloud auth application-default login`",
        ) from None
