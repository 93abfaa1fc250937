"""A load that fails uses up what a table bears a day, too."""

from types import SimpleNamespace

import pytest

from election.tables import RAW
from ingestion.counts import PartCount
from ingestion.landing import Landing
from ingestion.settings import IngestionSettings
from warehouse.operations import FAILED_LOAD


class AwayError(Exception):
    """BigQuery does not take it."""


@pytest.mark.parametrize("counts_operations", [True, False])
def test_a_load_that_fails_is_counted_where_that_has_a_limit(counts_operations):
    def load(reading):
        reading.counts.append(PartCount("votes", 0, 0, 5, 5, 0, None, None))
        raise AwayError

    counted = []
    landing = Landing.__new__(Landing)
    landing._raw = SimpleNamespace(counts_operations=counts_operations)
    landing._books = SimpleNamespace(write_operations=lambda *said: counted.append(said))
    landing._pipeline = SimpleNamespace(load=load)
    landing._log = landing._partitions = landing._decoders = None
    landing._own = IngestionSettings()
    with pytest.raises(AwayError):
        landing._load(5)
    assert counted == ([(FAILED_LOAD, {RAW["votes"]})] if counts_operations else [])
