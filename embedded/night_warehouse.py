"""The warehouse that a night's marts are in, beside PostgreSQL, which has `ops` in any case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from election.errors import UserError
from election.settings import BigQuerySettings, StorageSettings, read_settings
from election.tables import ALL_TABLES
from embedded import attach
from warehouse import tables
from warehouse.clients import open_access
from warehouse.marts import BigQueryMarts, Marts, PostgresMarts

STAGE = "night"
CREATED_BY = "make bigquery-full-setup"


class NightWarehouse(Protocol):
    """Where the marts of a night are."""

    is_bigquery: bool

    def settings(self) -> dict[str, str]:
        """Return what every stage of the night must see, also when it is gone on with."""
        ...

    def prepare(self, say: Callable[[str], None]) -> None:
        """See that stages find their tables.

        Raises:
            UserError: it cannot be reached, or its tables are not as declared.
        """
        ...

    def marts(self, environment: Mapping[str, str]) -> Marts:
        """Return the marts of the machine that these variables describe."""
        ...


class OnPostgres:
    """Everything is in PostgreSQL."""

    is_bigquery = False

    def settings(self) -> dict[str, str]:
        """See `NightWarehouse`."""
        return {"STORAGE_PREFERENCE": "POSTGRES"}

    def prepare(self, say: Callable[[str], None]) -> None:
        """Do nothing: the machine lays its own database out."""

    def marts(self, environment: Mapping[str, str]) -> Marts:
        """See `NightWarehouse`."""
        return PostgresMarts(lambda: attach.connect(dict(environment), "reader"))


class OnBigQuery:
    """Raw, live tables and marts are in BigQuery."""

    is_bigquery = True

    def __init__(self, settings: BigQuerySettings) -> None:
        self._settings = settings
        self._access = open_access(settings)

    def settings(self) -> dict[str, str]:
        """See `NightWarehouse`; neither the key nor an emulator's address are a night's."""
        return {
            "STORAGE_PREFERENCE": "GCP",
            "GCP_PROJECT_ID": self._settings.project,
            "BIGQUERY_LOCATION": self._settings.location,
            "BIGQUERY_DATASET_PREFIX": self._settings.dataset_prefix,
        }

    def prepare(self, say: Callable[[str], None]) -> None:
        """Make the tables in an emulator; compare them elsewhere, where Terraform makes them."""
        client = self._access.client()
        if self._access.endpoint:
            say(f"laying out the datasets of {self._access.endpoint}")
            tables.create(client, self._settings, ALL_TABLES)
            return
        try:
            tables.check(client, self._settings, ALL_TABLES)
        except UserError as error:
            raise UserError(
                f"a night cannot be held in project {self._settings.project}: {error.what}",
                why=error.why,
                fix=f"{CREATED_BY} makes what is missing; else: {error.fix}",
            ) from error

    def marts(self, environment: Mapping[str, str]) -> Marts:
        """See `NightWarehouse`."""
        return BigQueryMarts(self._settings, STAGE)


def open_night_warehouse(environment: Mapping[str, str] | None = None) -> NightWarehouse:
    """Return the warehouse that the settings ask for; `environment` stands in their place.

    Raises:
        UserError: BigQuery is asked for and cannot be reached as described.
    """
    given = dict(environment or {})
    if not read_settings(StorageSettings, **given).is_bigquery:
        return OnPostgres()
    return OnBigQuery(read_settings(BigQuerySettings, **given))
