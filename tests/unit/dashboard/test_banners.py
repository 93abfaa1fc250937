from datetime import UTC, datetime, timedelta

from support.scene_marts import marts_of
from support.scenes import CLOSES_AT, Scene

from dashboard import words
from dashboard.freshness import Freshness
from dashboard.panels.strip import banner_markup, banners, strip
from dashboard.reading import Reading

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FRESH = Freshness(1.0, "fresh", "1 s old")
CURRENT = Reading(NOW)
NIGHT = {
    "invariants_outcome": "pass",
    "invariants_failures": 0,
    "invariants_checked_at": NOW,
    "night_status": "running",
    "seats_pending_correction": 0,
}


def said(night=NIGHT, fresh=FRESH, reading=CURRENT, **more):
    return banners(night, fresh, reading, now=NOW, checks_every_s=30, **more)


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
    [(_, text)] = said(failed, findings=found)
    assert "votes dbt equal spark in Alderton, Oakby and 1 more" in text
    assert "conserved in votes" in text
    assert "1 other check" in text
    assert "papers missing" not in text


def test_a_reconciliation_that_did_not_finish_is_red_too():
    [(level, text)] = said({**NIGHT, "invariants_outcome": "error"})
    assert (level, "did not finish" in text) == ("red", True)


def test_a_warehouse_that_is_gone_says_the_age_of_the_last_good_numbers():
    for age, ago in ((42, "under a minute ago"), (600, "10 min ago")):
        read_at = NOW - timedelta(seconds=age)
        found = said(reading=Reading(read_at, is_current=False))
        assert found[0][0] == "red"
        assert f"read {ago} at {words.clock_seconds(read_at)}" in found[0][1]


def test_a_part_of_the_page_that_cannot_be_read_is_said_to_be_a_part():
    reading = Reading(NOW - timedelta(minutes=3), is_current=False, is_part=True)
    [(level, text)] = said(reading=reading)
    assert (level, text[:30]) == ("red", "A part of this page cannot be ")
    assert "read 3 min ago" in text


def test_a_banner_says_the_same_from_refresh_to_refresh_but_for_the_minute():
    """It is read aloud when it changes."""
    for reading, age in ((CURRENT, 400), (Reading(NOW - timedelta(minutes=4), False), 1)):
        texts = set()
        for second in range(20):
            now = NOW + timedelta(seconds=second)
            fresh = Freshness(age + second, words.freshness_level(age), f"{age + second} s old")
            texts.add(str(banners(NIGHT, fresh, reading, now=now, checks_every_s=30)))
        assert len(texts) == 1


EDITION = {"edition": 7, "is_last_good": True, "numbers_as_of": NOW - timedelta(minutes=2)}


def test_while_checks_fail_the_banner_says_which_edition_stays():
    failed = {**NIGHT, "invariants_outcome": "fail", "invariants_failures": 1}
    [(_, text)] = said(failed, publication=EDITION)
    assert "stay at the last good edition, 7, with numbers as of 11:58:00 GMT" in text
    [(_, text)] = said(failed, publication={**EDITION, "edition": None, "is_last_good": False})
    assert "Nothing has been published yet" in text
    assert said(publication={**EDITION, "is_last_good": False}) == []


def test_checks_that_are_many_cadences_old_are_said_to_be_old():
    old = {**NIGHT, "invariants_checked_at": NOW - timedelta(minutes=5)}
    [(level, text)] = said(old)
    assert (level, "last compared 5 min ago, at 11:55:00 GMT" in text) == ("amber", True)
    assert said({**old, "night_status": "complete"}) == []
    assert said({**old, "invariants_checked_at": NOW - timedelta(minutes=2)}) == []
    assert banners(old, FRESH, CURRENT, now=NOW, checks_every_s=600) == []


def test_a_warehouse_that_never_answered_says_so():
    [(level, text)] = said(None, None, Reading(None, is_current=False))
    assert (level, "cannot be read" in text) == ("red", True)


def test_old_numbers_get_the_banner_of_their_age():
    assert said(fresh=Freshness(61, "amber", "61 s old"))[0][0] == "amber"
    assert said(fresh=Freshness(301, "red", "5 min old"))[0][0] == "red"


def test_a_pending_correction_is_said_on_the_strip_and_moves_nothing():
    [night] = marts_of(Scene(at=CLOSES_AT + timedelta(hours=5), now=NOW))["national_summary"]
    pending = {**night, "seats_pending_correction": 1, "as_of": NOW}
    assert "1 to be corrected" in strip(pending, FRESH, drawn_at=NOW)
    assert said({**NIGHT, "seats_pending_correction": 1}) == []


def test_text_is_escaped():
    assert "&lt;b&gt;" in banner_markup([("red", "<b>")])
