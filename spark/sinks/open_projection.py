"""Which warehouse the live tables are in."""

from __future__ import annotations

from election.settings import BigQuerySettings, StorageSettings, read_settings
from election.tables import ANALYTICS, FACTS, OPS
from spark.sinks.lease import Lease
from spark.sinks.projection import NightColumns, Projection
from spark.sinks.warehouse import Warehouse


def open_projection(warehouse: Warehouse, night: NightColumns, lease: Lease) -> Projection:
    """Return the projection that the settings ask for.

    Raises:
        UserError: BigQuery is asked for, and cannot be reached or has tables that somebody changed.
    """
    if not read_settings(StorageSettings).is_bigquery:
        return Projection(warehouse, night, lease)
    from spark.sinks.bigquery_projection import BigQueryProjection
    from warehouse import tables
    from warehouse.clients import open_access

    access = open_access(read_settings(BigQuerySettings))
    how_far = (OPS[name] for name in ("batches", "tallied", "projections"))
    written = (*ANALYTICS.values(), *FACTS.values(), *how_far)
    tables.check(access.client(), access.settings, written)
    return BigQueryProjection(warehouse, night, lease, access)
