from datetime import UTC, datetime, timedelta

import polars as pl

from dashboard.lead import newest_change

START = datetime(2030, 5, 2, 23, tzinfo=UTC)


def steps(*rows):
    """Rows of (minute, party, seats to date)."""
    return pl.DataFrame(
        [(START + timedelta(minutes=minute), party, seats) for minute, party, seats in rows],
        schema={
            "election_minute_at": pl.Datetime("us", "UTC"),
            "party_abbreviation": pl.String,
            "seats_to_date": pl.Int64,
        },
        orient="row",
    )


def test_the_first_leader_has_passed_nobody():
    assert newest_change(steps((0, "Lab", 1), (5, "Lab", 2))) is None


def test_before_the_first_declaration_there_is_no_lead():
    assert newest_change(steps()) is None


def test_who_comes_level_has_not_passed():
    assert newest_change(steps((0, "Lab", 1), (5, "Con", 1))) is None


def test_who_is_alone_in_front_after_another_has_passed_it():
    change = newest_change(steps((0, "Lab", 1), (5, "Con", 1), (9, "Con", 2), (12, "Con", 3)))
    assert (change.party, change.before) == ("Con", "Lab")
    assert change.at == START + timedelta(minutes=9)


def test_a_correction_can_give_the_lead_back():
    change = newest_change(steps((0, "Lab", 1), (5, "Con", 2), (9, "Con", 0)))
    assert (change.party, change.before) == ("Lab", "Con")


def test_a_minute_is_judged_when_all_of_it_is_known():
    assert newest_change(steps((0, "Lab", 2), (5, "Con", 3), (5, "Lab", 4))) is None


def test_it_is_news_for_half_an_hour_of_the_elections_clock():
    change = newest_change(steps((0, "Lab", 1), (9, "Con", 2)))
    assert change.is_news(change.at + timedelta(minutes=30))
    assert not change.is_news(change.at + timedelta(minutes=31))
    assert not change.is_news(change.at - timedelta(minutes=1))
