import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from support.fake_warehouse import FakeWarehouse
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import dictionary
from dashboard.panels import data, method
from dashboard.views.data import csv_of
from election.errors import UserError

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARTIES = dictionary.marts()["party_results"]


def lines(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def warehouse_at(at, *, last_read_at=None, **changes):
    return FakeWarehouse(Scene(at=at, now=NOW, **changes), last_read_at=last_read_at)


def test_a_file_says_of_itself_what_it_is():
    rows = lines(csv_of(warehouse_at(CLOSES_AT + timedelta(hours=5)), PARTIES))
    assert len(rows) == 9
    assert rows[0].keys() >= PARTIES.types.keys()
    assert rows[0]["export_label"] == "synthetic data"
    assert rows[0]["export_status"] == "provisional"
    assert rows[0]["export_as_of"] == "2025-12-31T23:59:59Z"
    assert rows[0]["export_licence"].startswith("MIT")
    assert sum(int(row["seats_declared"]) for row in rows) == 99


def test_before_close_of_poll_a_file_holds_no_number_of_a_party():
    rows = lines(csv_of(warehouse_at(OPENS_AT + timedelta(hours=9)), PARTIES))
    assert {row["export_status"] for row in rows} == {"embargoed"}
    assert {row[name] for row in rows for name in ("seats_declared", "votes", "vote_share")} == {""}


@pytest.mark.parametrize("outcome", ["fail", "error"])
def test_while_the_checks_fail_a_file_says_that_it_is_unconfirmed(outcome):
    reads = warehouse_at(CLOSES_AT + timedelta(hours=5), outcome=outcome, failures=1)
    assert {row["export_status"] for row in lines(csv_of(reads, PARTIES))} == {"unconfirmed"}


@pytest.mark.parametrize(
    "reads",
    [FakeWarehouse(None), warehouse_at(CLOSES_AT + timedelta(hours=5), last_read_at=NOW)],
    ids=["no night", "warehouse gone"],
)
def test_no_file_is_made_of_what_is_not_there_or_old(reads):
    with pytest.raises(UserError, match="cannot be downloaded now"):
        csv_of(reads, PARTIES)


def test_a_table_that_is_not_built_is_listed_as_such():
    marts = {name: dictionary.marts()[name] for name in ("party_results", "dim_party")}
    markup = data.listing(
        marts, {"party_results": {"row_count": 9, "as_of": NOW}, "dim_party": None}
    )
    assert markup.count("Not built yet") == 1
    assert "00:00:00 GMT" in markup
    assert "<h2" in markup and "Snapshots" not in markup


def test_the_method_gives_the_licence_of_its_kind_of_night():
    night = {"is_synthetic": False, "scale": 100}
    assert "Open Parliament Licence" in method.method(night)
    assert "invented" not in method.method(night)
    assert "MIT" in method.method({**night, "is_synthetic": True})
