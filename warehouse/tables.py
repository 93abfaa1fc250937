"""The declared tables in BigQuery: made in an emulator, else compared with what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from election.bigquery import DATASETS, clustering, demands_filter, schema
from election.errors import UserError
from election.settings import BigQuerySettings
from election.tables import Table
from warehouse.faults import explain

if TYPE_CHECKING:
    from google.cloud.bigquery import Client

# The API's names and those of SQL mean the same.
_SAME = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


def create(client: Client, settings: BigQuerySettings, tables: Iterable[Table]) -> None:
    """Make datasets and tables that are missing, in an emulator; Terraform makes the others."""
    from google.cloud import bigquery

    for name in DATASETS:
        dataset = bigquery.Dataset(f"{settings.project}.{settings.dataset(name)}")
        dataset.location = settings.location
        client.create_dataset(dataset, exists_ok=True)
    for table in tables:
        made = bigquery.Table(address(settings, table), schema=schema(table))
        if table.partition_day:
            made.time_partitioning = bigquery.TimePartitioning(field=table.partition_day)
            made.require_partition_filter = demands_filter(table)
        made.clustering_fields = clustering(table)
        client.create_table(made, exists_ok=True)


def check(client: Client, settings: BigQuerySettings, tables: Iterable[Table]) -> None:
    """Refuse tables that are not as declared.

    Raises:
        UserError: naming each difference, or the table that is not there.
    """
    found: list[str] = []
    for table in tables:
        try:
            there = client.get_table(address(settings, table))
        except Exception as error:
            raise explain(error, f"{table.full_name} could not be looked at", settings) from error
        found += differences(table, there)
    if found:
        raise UserError(
            "BigQuery's tables are not as declared",
            why="; ".join(found[:5]),
            fix="`terraform plan` names what was changed by hand, `terraform apply` puts it back",
        )


def differences(table: Table, there: Any) -> Iterator[str]:
    """Yield a sentence for each difference of a table from its declaration (pure)."""
    name = table.full_name
    wanted = {f["name"]: (f["type"], f["mode"]) for f in schema(table)}
    held = {f.name: (type_in_the_api(f.field_type), f.mode or "NULLABLE") for f in there.schema}
    for column in sorted(wanted.keys() | held.keys()):
        if column not in held:
            yield f"{name}: column {column} is missing"
        elif column not in wanted:
            # A column more that may be null harms nobody: a newer version of the project adds it.
            if held[column][1] == "REQUIRED":
                yield f"{name}: column {column} is required and not declared"
        elif held[column] != wanted[column]:
            is_, should = " ".join(held[column]), " ".join(wanted[column])
            yield f"{name}: column {column} is {is_}, not {should}"
    partition = there.time_partitioning
    day = partition.field if partition and partition.type_ == "DAY" else None
    if day != table.partition_day:
        wanted_day = table.partition_day or "nothing"
        yield f"{name}: partitioned by {day or 'nothing'}, not by {wanted_day}"
    clusters = list(there.clustering_fields or ())
    if clusters != clustering(table):
        yield f"{name}: clustered by {', '.join(clusters)}, not by {', '.join(clustering(table))}"


def type_in_the_api(name: str) -> str:
    """Return the API's name of a type that may be named as SQL does (pure)."""
    return _SAME.get(name, name)


def address(settings: BigQuerySettings, table: Table) -> str:
    """Return a table's full name: project, dataset with prefix, table."""
    return settings.address(table.schema, table.name)
