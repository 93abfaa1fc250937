"""The invented election among given people: they are the electorate, and every rule holds."""

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from election.errors import UserError
from election.events import AGE_BANDS, SEXES
from election.geography import SEATS_IN_ALL
from generators.apportionment import apportion
from generators.contest import REGISTER
from generators.electorate import make_electorate
from generators.register_contest import PEOPLE_A_SEAT_AT_LEAST, electorates, hold_among
from generators.scaling import scale
from generators.streams import stream
from generators.synthetic import make_contest

SEED = 7
PEOPLE = 24_871


def register_of(count):
    draw = stream(1, "people")
    return pl.DataFrame(
        {
            "age_band": [AGE_BANDS[i] for i in draw.integers(0, len(AGE_BANDS), count)],
            "sex": [SEXES[i] for i in draw.integers(0, len(SEXES), count)],
        },
        schema=REGISTER,
    )


@pytest.fixture(scope="module")
def invented():
    return make_contest(SEED)


@pytest.fixture(scope="module")
def held(invented):
    return hold_among(invented, register_of(PEOPLE))


@pytest.mark.parametrize("people", [PEOPLE, 25_000, SEATS_IN_ALL * PEOPLE_A_SEAT_AT_LEAST])
def test_every_rule_of_an_election_holds(invented, people):
    contest = hold_among(invented, register_of(people))
    seats = contest.seats
    assert (seats.height, seats["electorate"].sum()) == (SEATS_IN_ALL, people)
    cast = seats["valid_votes"] + seats["rejected_ballots"]
    assert (seats["electorate"] >= cast).all()
    assert (seats["valid_votes"] > 0).all()
    votes = pl.col("vote_count")
    by_seat = contest.candidates.group_by("constituency_id", maintain_order=True).agg(
        votes.sum().alias("sum"), pl.col("is_winner").sum(),
        (votes == votes.max()).sum().alias("first"),
        votes.filter("is_winner").sum().alias("winners"), votes.max().alias("most"),
    )  # fmt: skip
    assert (by_seat["sum"] == seats["valid_votes"]).all()
    assert (by_seat["is_winner"] == 1).all()
    assert (by_seat["first"] == 1).all()
    assert (by_seat["winners"] == by_seat["most"]).all()


def test_winners_and_turnout_are_those_of_the_invented_election(invented, held):
    winner = pl.col("candidate_id").filter("is_winner")
    assert held.candidates.select(winner).equals(invented.candidates.select(winner))
    turnout = held.seats["valid_votes"].sum() / PEOPLE
    published = invented.seats["valid_votes"].sum() / invented.seats["electorate"].sum()
    assert turnout == pytest.approx(published, abs=0.005)


def test_what_is_shown_says_synthetic_how_many_and_at_which_scale(held):
    assert held.title.startswith("Synthetic data")
    assert "24,871 people" in held.title
    assert held.scale == 1_940
    assert held.is_synthetic


def test_too_few_people_are_refused(invented):
    with pytest.raises(UserError, match="6,499 people: too few"):
        hold_among(invented, register_of(6_499))


def test_electors_are_the_people_each_of_them_once(held):
    electors = make_electorate(held, SEED)
    found = np.bincount(electors.age.astype(int) * len(SEXES) + electors.sex)
    given_people = held.register.select(
        pl.col("age_band").to_physical().cast(pl.Int64) * len(SEXES) + pl.col("sex").to_physical()
    ).to_series()
    assert found.tolist() == np.bincount(given_people.to_numpy()).tolist()
    assert len(electors.age) == PEOPLE
    assert electors.stations["registered"].sum() == PEOPLE
    assert electors.stations.group_by("constituency_id").len()["len"].min() == 2


def test_who_lives_where_depends_on_seed_and_position_alone(held):
    first, again = make_electorate(held, SEED), make_electorate(held, SEED)
    assert (first.age == again.age).all()
    assert (first.age != make_electorate(held, SEED + 1).age).any()
    assert (np.bincount(first.age) == np.bincount(make_electorate(held, SEED + 1).age)).all()


def test_without_a_register_people_are_invented_as_before(invented):
    contest = scale(invented, 1000)
    assert contest.register is None
    assert len(make_electorate(contest, SEED).age) == contest.seats["electorate"].sum()


@given(
    seats=st.lists(st.tuples(st.integers(1, 100_000), st.floats(0, 1.0)), min_size=1, max_size=40),
    people=st.integers(1, 5_000),
)
def test_seats_have_their_share_of_the_people_and_room_for_their_papers(seats, people):
    real = [size for size, _ in seats]
    cast = [round(turnout * people * size / sum(real) + turnout) for size, turnout in seats]
    assume(sum(cast) <= people)
    sizes = electorates(real, cast, people)
    assert sum(sizes) == people
    assert all(size >= papers for size, papers in zip(sizes, cast, strict=True))
    fair = apportion(real, people)
    if all(size >= papers for size, papers in zip(fair, cast, strict=True)):
        assert sizes == fair


def test_a_seat_that_is_too_small_takes_from_the_one_with_most_to_spare():
    assert electorates([10, 50, 40], [3, 2, 4], 20) == [3, 9, 8]


def test_more_ballots_than_people_are_a_mistake_not_an_endless_search():
    with pytest.raises(ValueError, match="21 ballots of 20 people"):
        electorates([10, 50, 40], [3, 10, 8], 20)
