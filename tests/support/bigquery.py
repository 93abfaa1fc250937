"""An offline BigQuery with datasets of a test's own, laid out as declared."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from election.settings import BigQuerySettings
from election.tables import Table
from embedded.bigquery.server import OfflineBigQuery
from warehouse import tables
from warehouse.clients import Access, open_access

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Datasets:
    """Datasets with a prefix that nobody else has."""

    access: Access
    environment: dict[str, str]

    @property
    def settings(self) -> BigQuerySettings:
        return self.access.settings

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return a query's rows; `{raw}`, `{marts}`... stand for datasets."""
        names = {name: self.settings.dataset(name) for name in tables.DATASETS}
        found = self.access.client().query_and_wait(query.format(**names))
        return [tuple(row.values()) for row in found]


def laid_out(server: OfflineBigQuery, declared: Iterable[Table]) -> Datasets:
    """Make datasets and the declared tables."""
    environment = {
        "STORAGE_PREFERENCE": "GCP",
        "GCP_PROJECT_ID": server.project,
        "CREDENTIALS_FILE": "emulator",
        "BIGQUERY_EMULATOR_HOST": server.address,
        "BIGQUERY_DATASET_PREFIX": f"t{next(_NUMBERS)}_",
        "BIGQUERY_GIVE_UP_AFTER_S": "60",
    }
    access = open_access(BigQuerySettings.model_validate(environment))
    tables.create(access.client(), access.settings, declared)
    return Datasets(access, environment)
