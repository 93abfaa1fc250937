from datetime import UTC, datetime

import pytest

from dashboard import words

CLOSES = datetime(2017, 6, 8, 21, tzinfo=UTC)


def night(**changes):
    row = {
        "phase": "counting",
        "opens_at": datetime(2017, 6, 8, 6, tzinfo=UTC),
        "closes_at": CLOSES,
        "turnout": 0.688,
        "turnout_basis": "declared",
        "turnout_seats": 20,
        "seats_declared": 20,
        "seats_total": 650,
        "seats_counting": 12,
        "leading_party_name": "Labour",
        "leading_party_seats": 12,
        "second_party": "Con",
        "second_party_seats": 7,
        "seats_for_majority": 326,
        "has_overall_majority": False,
        "overall_majority": None,
        "last_declaration_seat": "Sunderland",
        "last_declaration_text": "Lab hold",
        "swing": None,
        "swing_from_party": None,
        "swing_to_party": None,
    }
    return row | changes


def test_times_are_local_with_their_zone():
    assert words.clock(CLOSES) == "22:00 BST"
    assert words.clock(datetime(2019, 12, 12, 22, tzinfo=UTC)) == "22:00 GMT"
    assert words.day_and_clock(CLOSES) == "Thu 8 Jun 2017, 22:00 BST"


def test_shares_have_one_decimal_and_unknown_is_a_dash():
    assert words.percent(0.6881) == "68.8%"
    assert words.percent(None) == words.count(None) == words.points(None) == "–"


@pytest.mark.parametrize(
    ("change", "said"), [(0.0321, "+3.2"), (-0.014, "−1.4"), (0.0004, "0.0"), (-0.0004, "0.0")]
)
def test_changes_are_signed_points(change, said):
    assert words.points(change) == said


def test_before_the_poll_it_says_when_polls_open():
    assert words.headline(night(phase="before_poll")) == "Polls open Thu 8 Jun 2017, 07:00 BST"


def test_while_polls_are_open_no_party_is_named():
    said = words.headline(night(phase="polls_open", turnout=0.42, turnout_basis="ballots_issued"))
    assert said == "Polls are open until 22:00 BST: 42.0% of the register has a ballot paper"
    assert "Labour" not in said


def test_without_a_declaration_nobody_leads():
    said = words.headline(night(seats_declared=0))
    assert said == "Polls have closed: counting under way in 12 seats, no seat declared yet"


def test_the_first_declaration_is_not_a_national_lead():
    assert words.headline(night(seats_declared=1)) == "First declaration: Sunderland: Lab hold"


def test_a_lead_is_of_declared_seats_only():
    assert words.headline(night()) == "Labour ahead: 12 of 20 declared seats, 630 to come"


def test_level_parties_are_level():
    said = words.headline(night(second_party_seats=12))
    assert said == "Labour and Con level on 12 seats: 20 of 650 declared"


def test_an_overall_majority_is_said_as_soon_as_it_is_certain():
    said = words.headline(
        night(seats_declared=431, leading_party_seats=326, has_overall_majority=True)
    )
    assert said == "Labour has an overall majority: 326 seats, 219 still to declare"


def test_the_final_majority_is_twice_the_seats_less_650():
    said = words.headline(night(seats_declared=650, leading_party_seats=411, overall_majority=172))
    assert said == "Labour: overall majority of 172, with 411 of 650 seats"


def test_a_hung_parliament_says_how_many_are_missing():
    said = words.headline(
        night(
            seats_declared=650,
            leading_party_name="Conservative",
            leading_party_seats=317,
            overall_majority=-16,
        )
    )
    assert said == (
        "Hung parliament: Conservative largest with 317 of 650 seats, 9 short of a majority"
    )


def test_turnout_always_says_its_basis():
    assert words.turnout_words(night()) == (
        "Turnout 68.8% (valid votes ÷ electorate, 20 seats declared)"
    )
    issued = night(turnout=0.5, turnout_basis="ballots_issued")
    assert words.turnout_words(issued).endswith("(ballots issued ÷ names on the register)")
    assert "÷" in words.turnout_words(night(turnout=None))


def test_swing_names_both_parties():
    said = words.swing_words(night(swing=0.0203, swing_from_party="Con", swing_to_party="Lab"))
    assert said == "2.0-point swing from Con to Lab"
    assert words.swing_words(night()) is None


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, "fresh"), (60, "fresh"), (61, "amber"), (301, "red"), (None, "red")]
)
def test_freshness_levels(seconds, level):
    assert words.freshness_level(seconds) == level


@pytest.mark.parametrize(
    ("seconds", "said"), [(-1, "0 s"), (4, "4 s"), (200, "3 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds, said):
    assert words.duration(seconds) == said
