"""How so many messages are shared out among lanes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.sending import shared_out

LEFT = st.lists(st.integers(0, 10**7), min_size=1, max_size=40).filter(any)


@given(LEFT, st.data())
def test_all_of_them_are_sent_and_no_lane_sends_what_it_has_not(left, data):
    messages = data.draw(st.integers(0, sum(left)))
    shares = shared_out(messages, left)
    assert sum(shares) == messages
    assert all(0 <= share <= most for share, most in zip(shares, left, strict=True))


def test_each_lane_sends_in_proportion_to_what_it_has_left():
    assert shared_out(100, [500, 300, 200]) == [50, 30, 20]


def test_more_than_there_is_cannot_be_sent():
    with pytest.raises(ValueError, match="7 messages are left, 8 are needed"):
        shared_out(8, [3, 4])
