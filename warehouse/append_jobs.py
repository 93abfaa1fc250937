"""dlt's BigQuery destination, with load jobs that a retry cannot make twice.

dlt counts tries in a file's name and takes the job's id from it: after a time-out it would load the
file a second time under a new id. Here the id is the file's own, see `warehouse.jobs`. Its queries
run on the project's client and may read no more than the project's own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations import bigquery
from dlt.destinations.impl.bigquery.bigquery import BigQueryClient, BigQueryLoadJob
from google.cloud.bigquery import Client, LoadJobConfig, SourceFormat, WriteDisposition

from warehouse.jobs import Jobs, labels_of

if TYPE_CHECKING:
    from warehouse.clients import Access

STAGE = "ingestion"


class OnceLoadJob(BigQueryLoadJob):
    """Appends one parquet file of a load package."""

    def __init__(self, file_path: str, access: Access, config: Any) -> None:
        super().__init__(file_path, config.http_timeout, config.retry_deadline)
        self._access = access

    def run(self) -> None:
        """Load the file; return when its rows are in the table.

        Raises:
            UserError: they are not, and will not be.
        """
        sql_client, settings = self._job_client.sql_client, self._access.settings
        table = sql_client.make_qualified_table_name(str(self._load_table["name"]), quote=False)
        client = sql_client.native_connection
        jobs = Jobs(client, settings, STAGE)
        config = LoadJobConfig(
            source_format=SourceFormat.PARQUET,
            write_disposition=WriteDisposition.WRITE_APPEND,
            create_disposition="CREATE_NEVER",
            labels=jobs.labels,
        )

        def start(job_id: str) -> Any:
            with open(self._file_path, "rb") as file:
                return client.load_table_from_file(
                    file, table, job_id=job_id, job_config=config, num_retries=0,
                    location=settings.location, timeout=settings.give_up_after_s,
                )  # fmt: skip

        parsed = ParsedLoadJobFileName.parse(self._file_path)
        name = f"{parsed.table_name}-{parsed.file_id}"
        self._bq_load_job = jobs.run(start, name=name, doing=f"{table} could not be loaded")


def once_bigquery(access: Access, **options: Any) -> Any:
    """Return the destination; `options` are dlt's own."""

    class OnceClient(BigQueryClient):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.sql_client.open_connection = partial(_open, self.sql_client, access)  # type: ignore[method-assign]
            default = self.sql_client._default_query
            default.maximum_bytes_billed = access.settings.maximum_bytes_billed
            default.labels = labels_of(STAGE)

        def create_load_job(self, table: Any, file_path: str, *rest: Any, **named: Any) -> Any:
            if ParsedLoadJobFileName.parse(file_path).file_format != "parquet":
                return super().create_load_job(table, file_path, *rest, **named)
            return OnceLoadJob(file_path, access, self.config)

    class once(bigquery):  # noqa: N801 - dlt names a destination by its class
        @property
        def client_class(self) -> type[BigQueryClient]:
            return OnceClient

    return once(**options)


def _open(sql_client: Any, access: Access) -> Client:
    """Stand in for dlt's own client, which knows of no endpoint and dials a second service."""
    client = access.client()
    client.query = partial(  # type: ignore[method-assign]
        client.query, retry=sql_client._default_retry, timeout=sql_client.http_timeout
    )
    sql_client._client = client
    return client
