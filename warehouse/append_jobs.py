"""dlt's BigQuery destination, with load jobs that a retry cannot make twice.

dlt counts tries in a file's name and takes the job's id from it: after a time-out it would load the
file a second time under a new id. Here the id is the file's own, see `warehouse.jobs`.
"""

from __future__ import annotations

from typing import Any

from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations import bigquery
from dlt.destinations.impl.bigquery.bigquery import BigQueryClient, BigQueryLoadJob
from google.cloud.bigquery import LoadJobConfig, SourceFormat, WriteDisposition

from election.settings import BigQuerySettings
from warehouse.jobs import Jobs

STAGE = "ingestion"


class OnceLoadJob(BigQueryLoadJob):
    """Appends one parquet file of a load package."""

    settings: BigQuerySettings

    def run(self) -> None:
        """Load the file; return when its rows are in the table.

        Raises:
            UserError: they are not, and will not be.
        """
        client = self._job_client.sql_client.native_connection
        table = self._job_client.sql_client.make_qualified_table_name(
            str(self._load_table["name"]), quote=False
        )
        jobs = Jobs(client, self.settings, STAGE)
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
                    location=self.settings.location, timeout=self.settings.give_up_after_s,
                )  # fmt: skip

        parsed = ParsedLoadJobFileName.parse(self._file_path)
        name = f"{parsed.table_name}-{parsed.file_id}"
        self._bq_load_job = jobs.run(start, name=name, doing=f"{table} could not be loaded")


def once_bigquery(settings: BigQuerySettings, **options: Any) -> Any:
    """Return the destination; `options` are dlt's own."""

    class OnceJob(OnceLoadJob):
        pass

    OnceJob.settings = settings

    class OnceClient(BigQueryClient):
        def create_load_job(self, table: Any, file_path: str, *rest: Any, **named: Any) -> Any:
            if ParsedLoadJobFileName.parse(file_path).file_format != "parquet":
                return super().create_load_job(table, file_path, *rest, **named)
            return OnceJob(file_path, self.config.http_timeout, self.config.retry_deadline)

    class once(bigquery):  # noqa: N801 - dlt names a destination by its class
        @property
        def client_class(self) -> type[BigQueryClient]:
            return OnceClient

    return once(**options)
