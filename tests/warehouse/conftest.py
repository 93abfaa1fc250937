"""The night that tests of exports and of what is said about marts read."""

import pytest
from support.exported_night import exported_night


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    with exported_night(tmp_path_factory.mktemp("exported")) as night:
        yield night
