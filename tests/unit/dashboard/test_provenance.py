from datetime import UTC, datetime, timedelta

import pytest
from support.fake_warehouse import FakeWarehouse
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import queries
from dashboard.panels import provenance

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def counting():
    return FakeWarehouse(Scene(at=CLOSES_AT + timedelta(hours=5), now=NOW))


def test_the_scoreboard_names_topics_offsets_ledger_time_and_rule(counting):
    markup = provenance.of_parties(counting.ask(queries.PROVENANCE, region="").row)
    for said in ("votes", "0:81230, 1:80411", "ledger entry 412", "23:59:59 GMT",
                 "declarations", "offset 17", "strictly first by papers counted"):  # fmt: skip
        assert said in markup


def test_a_seat_names_its_declarations_version_and_source(counting):
    declared = counting.ask(queries.SEAT_PROVENANCE, seat="SYN-EMI-001").row
    markup = provenance.of_seat(declared)
    assert "offset 17, version 1" in markup
    assert "returning officer (simulated)" in markup


def test_a_regions_provenance_is_of_its_own_seats(counting):
    whole = counting.ask(queries.PROVENANCE, region="").row
    here = counting.ask(queries.PROVENANCE, region="E12000004").row
    none = counting.ask(queries.PROVENANCE, region="S92000003").row
    assert 0 < here["seats"] <= whole["seats"]
    assert none["seats"] == 0
    assert "No provenance recorded yet" in provenance.of_regions(none)


def test_before_close_of_poll_no_declaration_is_named():
    polling = FakeWarehouse(Scene(at=OPENS_AT + timedelta(hours=9), now=NOW))
    markup = provenance.of_parties(polling.ask(queries.PROVENANCE, region="").row)
    assert "ballots_issued" in markup
    assert "offset 17" not in markup


def test_nothing_recorded_is_said():
    assert "No provenance recorded yet" in provenance.of_seat()
