from datetime import UTC, datetime, timedelta

from support.fake_warehouse import FakeWarehouse
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard import queries
from dashboard.follow import MOST, followed
from dashboard.panels.followed import strip

KNOWN = {f"SYN-LON-{n:03d}" for n in range(1, 31)}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_seats_are_followed_once_in_the_readers_order():
    found = followed("SYN-LON-002, SYN-LON-001,,SYN-LON-002", KNOWN)
    assert found.seats == ("SYN-LON-002", "SYN-LON-001")
    assert found.said() == ""


def test_what_is_not_of_this_night_is_left_out_and_said():
    found = followed("SYN-LON-001,E14000530,<script>", KNOWN)
    assert found.seats == ("SYN-LON-001",)
    assert found.said() == "2 not of this night left out."


def test_there_are_only_so_many_and_the_rest_is_said():
    found = followed(",".join(sorted(KNOWN)), KNOWN)
    assert len(found.seats) == MOST
    assert found.is_full
    assert found.said() == "At most 12 seats can be followed: 18 left off."


def test_a_seat_is_added_at_the_end_and_taken_out():
    found = followed("SYN-LON-002", KNOWN)
    assert found.toggled("SYN-LON-001") == "SYN-LON-002,SYN-LON-001"
    assert found.toggled("SYN-LON-002") == ""


def strip_at(at, asked):
    rows = FakeWarehouse(Scene(at=at, now=NOW)).ask(queries.STANDINGS).rows
    return strip(followed(asked, {r["constituency_id"] for r in rows}), rows)


def test_the_strip_shows_each_seats_state_and_a_way_out():
    markup = strip_at(CLOSES_AT + timedelta(hours=5), "SYN-EMI-001,SYN-LON-001")
    assert markup.index('data-followed="SYN-EMI-001"') < markup.index('data-followed="SYN-LON-001"')
    assert "RUK gain from Lab" in markup
    assert "leading by" in markup and "provisional" in markup
    assert 'href="?follow=SYN-LON-001"' in markup


def test_before_close_of_poll_the_strip_names_no_party():
    markup = strip_at(OPENS_AT + timedelta(hours=9), "SYN-EMI-001")
    assert "withheld until close of poll" in markup
    assert "RUK" not in markup
