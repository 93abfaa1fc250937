"""A driver that is overtaken says so, whatever the newer one's start broke first."""

import pytest
from support.events import ELECTION_ID, NIGHT_ID, POLLING_DATE

from election.settings import (
    BrokerSettings,
    LakeSettings,
    NightSettings,
    PostgresSettings,
    read_settings,
)
from spark.fencing import FencedError
from spark.jobs.live import LiveJob
from spark.settings import CountSettings
from spark.sinks.lease import Lease
from spark.sinks.operations import STAGE
from spark.sinks.warehouse import Warehouse


@pytest.fixture
def job(warehouse, tmp_path):
    """Return a job of which only the count itself is left out."""
    environment = {
        **warehouse.environment(), "NIGHT_ID": NIGHT_ID, "LAKE_PATH": str(tmp_path),
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "ELECTION_ID": ELECTION_ID, "POLLING_DATE": str(POLLING_DATE),
    }  # fmt: skip
    kinds = (NightSettings, BrokerSettings, PostgresSettings, LakeSettings, CountSettings)
    return LiveJob(*(read_settings(kind, **environment) for kind in kinds))


@pytest.fixture
def driver(warehouse):
    sink = Warehouse(read_settings(PostgresSettings, **warehouse.environment()))
    yield lambda: Lease(sink, NIGHT_ID, STAGE)
    sink.close()


def breaks_after(job, happens):
    def count(_spark):
        job._lease.take()
        happens()
        raise OSError("the checkpoint is gone")

    return count


def test_an_error_of_an_overtaken_driver_is_that_it_is_overtaken(job, driver, monkeypatch):
    job._lease = driver()
    monkeypatch.setattr(job, "_count", breaks_after(job, driver().take))
    with pytest.raises(FencedError, match="another driver counts this night"):
        job._count_as_the_newest(None)


def test_an_error_of_the_newest_driver_is_its_own(job, driver, monkeypatch):
    job._lease = driver()
    monkeypatch.setattr(job, "_count", breaks_after(job, lambda: None))
    with pytest.raises(OSError, match="the checkpoint is gone"):
        job._count_as_the_newest(None)
