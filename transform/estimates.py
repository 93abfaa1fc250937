"""How many bytes each model reads on BigQuery, by dry runs of what dbt compiled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from election.settings import BigQuerySettings
from warehouse.faults import explain

if TYPE_CHECKING:
    from google.cloud.bigquery import Client

MODELS = Path("compiled") / "tallyhouse" / "models"


def compiled_models(target: Path) -> dict[str, str]:
    """Return the select of every model that dbt compiled, by name."""
    return {file.stem: file.read_text() for file in sorted((target / MODELS).rglob("*.sql"))}


def estimates(
    client: Client, settings: BigQuerySettings, models: dict[str, str]
) -> Iterator[tuple[str, int]]:
    """Yield model and bytes; a dry run costs nothing and changes nothing.

    Raises:
        UserError: BigQuery does not take the statement.
    """
    from google.cloud.bigquery import QueryJobConfig

    for name, select in models.items():
        config = QueryJobConfig(dry_run=True, use_query_cache=False)
        try:
            job = client.query(select, job_config=config)
        except Exception as error:
            raise explain(error, f"model {name} cannot be estimated", settings) from error
        yield name, int(job.total_bytes_processed or 0)


def lines(found: Iterator[tuple[str, int]]) -> Iterator[str]:
    """Yield a line a model, and their sum: what a run of everything reads at most."""
    total = 0
    for name, size in found:
        total += size
        yield f"{size:>15,} {name}"
    yield f"{total:>15,} bytes in all"
