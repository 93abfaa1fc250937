from datetime import UTC, datetime, timedelta

import pytest
from support.fake_warehouse import frames
from support.scenes import CLOSES_AT, OPENS_AT, Scene

from dashboard.hexmap.labels import three_letters
from dashboard.hexmap.layout import arrange
from dashboard.hexmap.paint import MODES, paint, step_of, turnout_limits
from dashboard.hexmap.sentences import takeaway
from dashboard.panels.hexmap import hex_map, map_legend, map_table

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = turnout_limits(0.6)


def seats_at(at):
    return frames(Scene(at=at, now=NOW))["constituency_results"].to_dicts()


@pytest.fixture(scope="module")
def counting():
    return seats_at(CLOSES_AT + timedelta(hours=5))


@pytest.fixture(scope="module")
def polling():
    return seats_at(OPENS_AT + timedelta(hours=4))


def first(seats, **wanted):
    return next(s for s in seats if all(s[k] == v for k, v in wanted.items()))


def test_a_declared_seat_is_solid_and_a_leader_is_not(counting):
    won = paint(first(counting, status="declared"), "winner")
    led = paint(first(counting, status="counting"), "winner")
    assert (won.pattern, led.pattern) == ("solid", "lead")
    assert "provisional" in led.said
    assert "provisional" not in won.said


@pytest.mark.parametrize("mode", MODES)
def test_letters_say_what_the_colour_says(counting, mode):
    for seat in counting:
        painted = paint(seat, mode, LIMITS)
        assert painted.letters or painted.pattern == "open"
        assert painted.said


def test_a_majority_is_a_share_of_valid_votes(counting):
    seat = first(counting, status="declared") | {"majority_share": 0.12}
    painted = paint(seat, "margin")
    assert (painted.letters, painted.step, painted.pattern) == ("12", 3, "solid")


def test_a_lead_counts_as_provisional_majority(counting):
    seat = first(counting, status="counting") | {"lead": 30, "valid_votes": 1000}
    painted = paint(seat, "margin")
    assert (painted.letters, painted.step, painted.pattern) == ("3", 1, "lead")


def test_gains_holds_and_leads_are_three_patterns(counting):
    gain, hold = (first(counting, outcome=o) for o in ("gain", "hold"))
    led = first(counting, status="counting") | {
        "leading_party": "Lab", "previous_winner_party": "Con",
    }  # fmt: skip
    patterns = [paint(seat, "change").pattern for seat in (gain, hold, led)]
    assert patterns == ["gain", "hold", "lead"]
    assert paint(gain, "change").letters == f"+{gain['declared_winner_party']}"
    assert paint(led, "change").letters == "+Lab"


def test_a_seat_whose_holder_is_unknown_is_neither_held_nor_gained(counting):
    seat = first(counting, outcome="hold") | {"previous_winner_party": None, "outcome": None}
    assert paint(seat, "change").pattern == "solid"


def test_ties_have_nobodys_colour(counting):
    tied = first(counting, status="declared") | {"is_tie": True}
    level = first(counting, status="counting") | {"leading_party": None, "is_lead_tied": True}
    for seat in (tied, level):
        painted = paint(seat, "winner")
        assert (painted.letters, painted.colour) == ("=", None)


@pytest.mark.parametrize("mode", ["winner", "margin", "change"])
def test_before_close_of_poll_no_hex_says_a_party_or_a_number(polling, mode):
    leaked = {
        "leading_party": "Lab",
        "leading_party_colour": "#e4003b",
        "lead": 5,
        "valid_votes": 9,
    }
    for seat in (*polling, polling[0] | leaked):
        painted = paint(seat, mode)
        assert (painted.pattern, painted.letters, painted.colour) == ("open", "", None)
    assert takeaway(polling, mode) == "How people vote is withheld until close of poll."


def test_turnout_is_shown_before_and_after_close_of_poll(polling, counting):
    assert paint(polling[0], "turnout", LIMITS).pattern == "solid"
    declared, not_yet = (first(counting, status=s) for s in ("declared", "counting"))
    assert "valid votes ÷ electorate" in paint(declared, "turnout", LIMITS).said
    assert paint(not_yet, "turnout", LIMITS).pattern == "early"
    assert "ballots issued ÷ register" in paint(not_yet, "turnout", LIMITS).said


def test_steps_move_only_when_turnout_moves_by_a_whole_step():
    assert turnout_limits(0.61) == turnout_limits(0.59)
    assert turnout_limits(0.61) != turnout_limits(0.66)
    assert [step_of(v, (0.1, 0.2)) for v in (0.05, 0.1, 0.3)] == [0, 1, 2]
    assert turnout_limits(None) == turnout_limits(0.02)
    assert turnout_limits(0.02)[0] > 0


def test_sentences_name_numbers_of_the_marts(counting):
    declared = [s for s in counting if s["declared_winner_party"]]
    labour = sum(s["declared_winner_party"] == "Lab" for s in declared)
    assert takeaway(counting, "winner").startswith(f"Declared: Lab {labour}, ")
    gains = sum(s["outcome"] == "gain" for s in declared)
    assert takeaway(counting, "change").startswith(f"{gains} of {len(declared)} declared seats")
    closest = min(declared, key=lambda s: (s["majority_share"], s["constituency_id"]))
    assert closest["constituency_name"] in takeaway(counting, "margin")
    highest = max(counting, key=lambda s: s["turnout"])
    assert f"Highest: {highest['constituency_name']}" in takeaway(counting, "turnout")


@pytest.mark.parametrize("mode", MODES)
def test_every_sentence_takes_a_night_without_numbers(mode):
    assert takeaway([], mode).startswith("No ")


def drawn(seats, mode, chosen=""):
    labels = three_letters({s["constituency_id"]: s["constituency_name"] for s in seats})
    paints = {s["constituency_id"]: paint(s, mode, LIMITS) for s in seats}
    markup = hex_map(
        seats, arrange(seats), labels, paints, legend=map_legend(seats, mode, LIMITS),
        takeaway=takeaway(seats, mode), chosen=chosen,
    )  # fmt: skip
    return markup, map_table(seats, labels, paints, mode)


@pytest.mark.parametrize("mode", MODES)
def test_the_map_has_a_hex_a_seat_and_a_table_of_the_same(counting, mode):
    markup, table = drawn(counting, mode)
    assert markup.count("data-hex=") == table.height == len(counting)
    assert table["label"].n_unique() == len(counting)
    assert f'aria-label="{takeaway(counting, mode)}' in markup.replace("&#x27;", "'")


def test_the_chosen_seat_is_marked_and_named_with_a_way_to_its_page(counting):
    chosen = first(counting, status="declared")
    markup, _ = drawn(counting, "winner", chosen["constituency_id"])
    assert markup.count(' on" data-hex=') == 1
    assert f'href="seats?seat={chosen["constituency_id"]}"' in markup


def test_a_name_from_data_cannot_become_markup(counting):
    seat = first(counting, status="declared") | {"constituency_name": '<b onclick="x">'}
    assert '<b onclick="x">' not in drawn([seat], "winner", seat["constituency_id"])[0]
