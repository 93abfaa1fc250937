"""When the last count of a night is the last: what broke off and what came meanwhile is counted."""

from types import SimpleNamespace

import pytest

from election.errors import UserError
from embedded.demo import RUNS_AT_MOST, Demo

BEFORE, PASSED = SimpleNamespace(run=0, outcome="pass"), SimpleNamespace(run=1, outcome="pass")
AGAIN, BROKEN = (SimpleNamespace(run=2, outcome=how) for how in ("pass", "error"))


class Night(Demo):
    """A night whose steps are given: what each dbt run leaves, and whether more had come."""

    def __init__(self, runs, more):
        self.runs, self.more, self.did = [BEFORE, *runs], list(more), []
        ops = SimpleNamespace(run=lambda _: self.runs.pop(0))
        night = SimpleNamespace(night_id="n")
        super().__init__(None, night, None, None, None, ops, say=lambda line: None)

    def _dbt(self, everything, what, *, check=True):
        self.did.append(what)
        return 0

    def _note_ends(self):
        return self.more.pop(0)

    def _watch(self):
        self.did.append("wait for both counts")

    def _wait_shown(self):
        self.did.append("wait for the warehouse")


WAITED = ["wait for both counts", "wait for the warehouse"]


@pytest.mark.parametrize(
    ("runs", "more", "did"),
    [
        ([PASSED], [False], ["final"]),
        ([PASSED, AGAIN], [True, False], ["final", *WAITED, "final"]),
        ([PASSED, PASSED, AGAIN], [True, False], ["final", *WAITED, "final", "final"]),  # it died
        ([BROKEN, PASSED], [False], ["final", "final"]),
        ([BEFORE, PASSED], [False], ["final", "final"]),  # nothing was written: it died
    ],
)
def test_it_is_counted_until_nothing_came_meanwhile(runs, more, did):
    night = Night(runs, more)
    night._count_in_full({})
    assert night.did == did


@pytest.mark.parametrize(("runs", "more"), [([BROKEN] * 9, []), ([PASSED] * 9, [True] * 9)])
def test_it_is_not_counted_for_ever(runs, more):
    night = Night(runs, more)
    with pytest.raises(UserError, match="did not come to its end"):
        night._count_in_full({})
    assert night.did.count("final") == RUNS_AT_MOST
