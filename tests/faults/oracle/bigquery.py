"""Tables of a night in BigQuery, as frames: asked with Google's own client.

Times are microseconds since 1970, days and JSON are text, bytes are bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from google.cloud.bigquery import Client

IN_THE_ENVIRONMENT = ("CREDENTIALS_FILE", "BIGQUERY_EMULATOR_HOST")
"""Neither the key nor an emulator's address are a night's: whoever asks has them."""
_ANY_DAY = "2000-01-01"
_ADDED = ("landed_at", "_dlt_load_id")


@dataclass(frozen=True)
class Datasets:
    """Where a night's datasets are."""

    project: str
    location: str
    prefix: str

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Datasets:
        """Return what a night's settings say."""
        return cls(settings["GCP_PROJECT_ID"], settings["BIGQUERY_LOCATION"],
                   settings["BIGQUERY_DATASET_PREFIX"])  # fmt: skip

    def open(self, environment: Mapping[str, str]) -> BigQuery:
        """Return them with a client."""
        return BigQuery(self, _client(self, environment))


@dataclass(frozen=True)
class BigQuery:
    """A night's datasets, and a client to ask them with."""

    datasets: Datasets
    client: Client

    def tables(self, schema: str) -> set[str]:
        """Return the names of a dataset's tables."""
        dataset = f"{self.datasets.project}.{self.datasets.prefix}{schema}"
        return {table.table_id for table in self.client.list_tables(dataset)}

    def table(self, schema: str, name: str, night_id: str) -> pl.DataFrame:
        """Return a table's rows of one night.

        Raw may have an offset twice, where a load was killed: copies that say the same are one.
        """
        from google.cloud.bigquery import QueryJobConfig, ScalarQueryParameter

        address = f"{self.datasets.project}.{self.datasets.prefix}{schema}.{name}"
        chosen, days = "*", ""
        if schema == "raw":
            chosen = f"distinct * except ({', '.join(_ADDED)})"
            days = f" and landed_at >= timestamp '{_ANY_DAY}'"
        night = ScalarQueryParameter("night", "STRING", night_id)
        found = self.client.query(
            f"select {chosen} from `{address}` where night_id = @night{days}",
            job_config=QueryJobConfig(query_parameters=[night]),
        ).to_arrow(create_bqstorage_client=False)
        frame = pl.from_arrow(_of_storage(found))
        assert isinstance(frame, pl.DataFrame)
        return frame.select(_plain(name, kind) for name, kind in frame.schema.items())


def _of_storage(table: pa.Table) -> pa.Table:
    """Return JSON as the text that it is kept as."""
    kinds = [(f.name, f.type.storage_type if isinstance(f.type, pa.BaseExtensionType) else f.type)
             for f in table.schema]  # fmt: skip
    return table.cast(pa.schema(kinds))


def _plain(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        return column.dt.timestamp("us")
    if isinstance(kind, pl.Date):
        return column.dt.to_string("%Y-%m-%d")
    return column.cast(pl.Float64) if isinstance(kind, pl.Decimal) else column


def _client(datasets: Datasets, environment: Mapping[str, str]) -> Client:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    options: dict[str, Any] = {"project": datasets.project, "location": datasets.location}
    if emulator := environment.get("BIGQUERY_EMULATOR_HOST"):
        endpoint = emulator if "://" in emulator else f"http://{emulator}"
        return bigquery.Client(
            **options, credentials=AnonymousCredentials(),
            client_options={"api_endpoint": endpoint},
        )  # fmt: skip
    if file := environment.get("CREDENTIALS_FILE"):
        return bigquery.Client.from_service_account_json(file, **options)
    return bigquery.Client(**options)
