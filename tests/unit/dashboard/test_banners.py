from datetime import UTC, datetime, timedelta

from support.scene_marts import marts_of
from support.scenes import CLOSES_AT, Scene

from dashboard.freshness import Freshness
from dashboard.panels.strip import banner_markup, banners, strip

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FRESH = Freshness(1.0, "fresh", "1 s old")
NIGHT = {
    "invariants_outcome": "pass",
    "invariants_failures": 0,
    "invariants_checked_at": NOW,
    "night_status": "running",
    "seats_pending_correction": 0,
}


def said(night=NIGHT, fresh=FRESH, read_at=NOW, is_current=True):
    return banners(night, fresh, read_at, is_current=is_current, now=NOW)


def test_when_all_is_well_nothing_is_said():
    assert said() == []


def test_a_failed_reconciliation_is_a_red_banner():
    [(level, text)] = said({**NIGHT, "invariants_outcome": "fail", "invariants_failures": 2})
    assert level == "red"
    assert "2 errors" in text


def finding(check, area, severity="error"):
    return {"check_name": check, "area": area, "severity": severity}


def test_the_banner_names_what_failed_and_where():
    failed = {**NIGHT, "invariants_outcome": "fail", "invariants_failures": 5}
    found = [
        *(finding("votes_dbt_equal_spark", area) for area in ("Alderton", "Oakby", "Kingsdale")),
        finding("conserved", "votes"),
        finding("station_numbers", "S001"),
        finding("papers_missing", "Millby", "warn"),
    ]
    [(_, text)] = banners(failed, FRESH, NOW, is_current=True, now=NOW, findings=found)
    assert "votes dbt equal spark in Alderton, Oakby and 1 more" in text
    assert "conserved in votes" in text
    assert "1 other check" in text
    assert "papers missing" not in text


def test_a_reconciliation_that_did_not_finish_is_red_too():
    [(level, text)] = said({**NIGHT, "invariants_outcome": "error"})
    assert (level, "did not finish" in text) == ("red", True)


def test_a_warehouse_that_is_gone_says_the_age_of_the_last_good_numbers():
    found = said(read_at=NOW - timedelta(seconds=42), is_current=False)
    assert found[0][0] == "red"
    assert "42 s ago" in found[0][1]


def test_a_warehouse_that_never_answered_says_so():
    [(level, text)] = said(None, None, None, is_current=False)
    assert (level, "cannot be read" in text) == ("red", True)


def test_old_numbers_get_the_banner_of_their_age():
    assert said(fresh=Freshness(61, "amber", "61 s old"))[0][0] == "amber"
    assert said(fresh=Freshness(301, "red", "5 min old"))[0][0] == "red"


def test_a_pending_correction_is_said_on_the_strip_and_moves_nothing():
    [night] = marts_of(Scene(at=CLOSES_AT + timedelta(hours=5), now=NOW))["national_summary"]
    pending = {**night, "seats_pending_correction": 1, "as_of": NOW}
    assert "1 to be corrected" in strip(pending, FRESH, drawn_at=NOW, here="")
    assert said({**NIGHT, "seats_pending_correction": 1}) == []


def test_text_is_escaped():
    assert "&lt;b&gt;" in banner_markup([("red", "<b>")])
