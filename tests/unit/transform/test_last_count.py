"""When the last count of a night is the last, where dbt decides it by itself."""

import pytest

from election.errors import PassingError, UserError
from transform.last_count import TRIES, Reached, came_meanwhile, count_to_the_end
from transform.outcome import Outcome

PASS, FAIL, ERROR = Outcome("pass"), Outcome("fail"), Outcome("error")


def at(landed, tallied=None):
    return Reached({("votes", 0): landed}, {("votes", 0): landed if tallied is None else tallied})


class Night:
    """Is as far as it is told at each look; complete, or over, after the last.

    `behind` is what the live tables lack at each look at them, then nothing.
    """

    def __init__(self, *looks, behind=()):
        self.looks, self.counts, self.lacking = list(looks), [], list(behind)

    def reached(self):
        return self.looks.pop(0)

    def behind(self, tallied):
        return self.lacking.pop(0) if self.lacking else 0

    def is_complete(self):
        return not self.looks

    def counting(self, *outcomes):
        left = list(outcomes)

        def count(_reached):
            self.counts.append(len(self.looks))
            return left.pop(0)

        count_to_the_end(self, count, look_every_s=0)
        assert not left
        return len(self.counts)


@pytest.mark.parametrize("outcome", [PASS, FAIL])
def test_what_stays_as_it_was_is_counted_once(outcome):
    assert Night(at(9), at(9), at(9)).counting(outcome) == 1


def test_what_came_since_is_counted_again_once_both_have_it():
    night = Night(at(9), at(10, 9), at(10, 9), at(10), at(10))
    assert night.counting(PASS, PASS) == 2
    assert night.counts == [4, 1]  # not while raw alone had it


def test_it_waits_for_what_the_live_tables_lack():
    night = Night(at(9), at(9), at(9), at(9), behind=[5, 3])
    assert night.counting(PASS) == 1
    assert night.counts == [1]


@pytest.mark.parametrize(
    ("night", "words"),
    [
        (Night(*[at(9)] * 9, behind=[5] * 9), "live tables are 5 messages behind"),
        (Night(*[at(9, 8)] * 9), "raw and the count are not equally far"),
    ],
)
def test_it_does_not_wait_for_ever(night, words):
    with pytest.raises(UserError, match="cannot be counted in full") as raised:
        count_to_the_end(night, lambda reached: PASS, look_every_s=0.01, stalled_after_s=0)
    assert words in raised.value.why


def test_what_moves_is_waited_for():
    night = Night(*(at(9 + n, 8 + n) for n in range(9)), at(17), at(17))
    count_to_the_end(night, lambda reached: PASS, look_every_s=0.01, stalled_after_s=0)


def test_a_count_that_broke_off_is_made_again():
    assert Night(at(9), at(9), at(9)).counting(ERROR, PASS) == 2


def test_it_is_not_made_for_ever():
    with pytest.raises(PassingError, match="did not come to its end"):
        Night(*[at(9)] * 9).counting(*[ERROR] * TRIES)


def test_counts_that_break_off_now_and_then_do_not_add_up():
    night = Night(at(1), at(1), at(2), at(2), at(3), at(3))
    assert night.counting(ERROR, PASS, ERROR, PASS, ERROR, PASS) == 6


def test_a_complete_night_is_not_counted_again():
    assert Night().counting() == 0


@pytest.mark.parametrize(
    ("after", "verdict"), [(at(9), "pass"), (at(10), "error"), (at(9, 10), "error")]
)
def test_a_count_holds_only_for_what_stayed(after, verdict):
    assert came_meanwhile(at(9), after).verdict == verdict
