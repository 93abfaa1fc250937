"""Tables that are kept from start to start: other columns need another version (ADR 23).

When this fails, raise the version beside the schema, and put the new fingerprint here.
"""

from hashlib import sha256

import pytest

from spark.blocks.landed import BRONZE
from spark.sinks import bronze_files
from spark.tally.rows import COUNT, SCHEMAS, TURNOUT, VERSIONS

FINGERPRINTS = {
    ("bronze", 1): "0ed7fc0ec1bf4dfc",
    (TURNOUT, 2): "246c813af7b7519b",
    (COUNT, 2): "60f26897d3e12449",
}
NOW = {
    "bronze": (bronze_files.VERSION, [(field.name, str(field.type)) for field in BRONZE]),
    **{n: (VERSIONS[n], [(c, str(t)) for c, t in SCHEMAS[n].items()]) for n in (TURNOUT, COUNT)},
}


@pytest.mark.parametrize("table", NOW)
def test_columns_are_those_of_their_version(table):
    version, columns = NOW[table]
    fingerprint = sha256(repr(columns).encode()).hexdigest()[:16]
    assert FINGERPRINTS[table, version] == fingerprint
