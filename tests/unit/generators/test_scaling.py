"""Scale: shares that stay whole, winners that stay winners; recomputed by fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from election.errors import UserError
from generators.apportionment import apportion, leaders, round_half_up, scale_votes
from generators.scaling import check_scale

SEATS = st.lists(st.integers(0, 60_000), min_size=1, max_size=9)
SCALES = st.integers(1, 1000)


def by_fractions(real, scale):
    """Return the plan of a seat by a second implementation: largest remainders, winner first."""
    total = sum(real)
    target = int(Fraction(total, scale) + Fraction(1, 2))
    if not total:
        return [0] * len(real)
    quotas = [Fraction(votes * target, total) for votes in real]
    votes = [int(quota) for quota in quotas]
    order = sorted(range(len(real)), key=lambda i: (votes[i] - quotas[i], -real[i], i))
    for i in order[: target - sum(votes)]:
        votes[i] += 1
    best = max(range(len(real)), key=lambda i: real[i])
    while any(n >= votes[best] and n for i, n in enumerate(votes) if i != best):
        rivals = [i for i in range(len(real)) if i != best]
        strongest = max(rivals, key=lambda i: (votes[i], real[i], -i))
        votes[strongest] -= 1
        votes[best] += 1
    return votes


@given(SEATS, SCALES)
def test_a_seat_with_one_winner_is_as_a_second_implementation_has_it(real, scale):
    if len(leaders(real)) == 1:
        assert scale_votes(real, scale)[0] == by_fractions(real, scale)


@given(SEATS, SCALES)
def test_no_vote_is_made_or_lost(real, scale):
    votes, _ = scale_votes(real, scale)
    assert sum(votes) == round_half_up(sum(real), scale)
    assert min(votes) >= 0


@given(SEATS, SCALES)
def test_the_winner_is_strictly_first_where_there_is_a_vote(real, scale):
    votes, _ = scale_votes(real, scale)
    if len(leaders(real)) == 1 and sum(votes):
        assert leaders(votes) == leaders(real)


@given(SEATS)
def test_at_one_to_one_nothing_changes(real):
    assert scale_votes(real, 1) == (real, False)


@given(st.integers(50, 60_000), st.lists(st.integers(0, 40), max_size=5), SCALES)
def test_those_who_share_first_place_get_the_same_where_a_third_can_give(votes, others, scale):
    real = [votes, votes, votes // 2, *others]
    scaled, _ = scale_votes(real, scale)
    if sum(scaled) >= 4:
        assert scaled[0] == scaled[1] > max(scaled[2:])


@given(SEATS, st.integers(0, 5000))
def test_shares_differ_from_their_quota_by_less_than_one(weights, total):
    if sum(weights):
        for part, weight in zip(apportion(weights, total), weights, strict=True):
            assert abs(part - Fraction(weight * total, sum(weights))) < 1


@pytest.mark.parametrize(("number", "expected"), [(1499, 1), (1500, 2), (2500, 3), (499, 0)])
def test_halves_go_up(number, expected):
    assert round_half_up(number, 1000) == expected


@pytest.mark.parametrize("scale", [0, -1, 1001, 1.0, "10", True, None])
def test_other_scales_are_refused(scale):
    with pytest.raises(UserError, match="SCALE="):
        check_scale(scale)
