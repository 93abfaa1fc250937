"""When an edition is published, and when the last good one stays."""

import pytest

from transform.edition import NEVER_HELD_BACK, copy_beside, lay_out, marts_of_edition, put_in_place
from transform.outcome import Outcome
from transform.publishing import Editions
from transform.selection import EDITION

PASS, FAIL = Outcome("pass"), Outcome("fail", 1, ("hours_add_up: 1 result",))


class FakeStore:
    def __init__(self):
        self.did = []

    def lay_out(self):
        self.did.append("lay out")

    def copy_beside(self):
        self.did.append("copy")

    def put_in_place(self):
        self.did.append("publish")


class FakeChecks:
    def __init__(self, store, outcome):
        self.store, self.outcome = store, outcome

    def run(self, *invocations):
        assert invocations == (EDITION,)
        self.store.did.append("check")
        return self.outcome


@pytest.mark.parametrize(
    ("run", "checks", "did", "outcome"),
    [
        (PASS, PASS, ["copy", "check", "publish"], PASS),
        (PASS, FAIL, ["copy", "check"], FAIL),
        (FAIL, PASS, [], FAIL),
        (Outcome("error", 1), PASS, [], Outcome("error", 1)),
    ],
)
def test_only_what_passes_is_published(run, checks, did, outcome):
    store = FakeStore()
    assert Editions(FakeChecks(store, checks), store).after(run) == outcome
    assert store.did == did


def test_an_edition_holds_what_is_not_about_the_night_itself():
    assert marts_of_edition({"party_results", "dim_party", *NEVER_HELD_BACK}) == (
        "dim_party", "party_results",
    )  # fmt: skip


def test_rows_are_replaced_and_no_table_is_renamed_under_a_reader():
    def place(schema, name):
        return f"{schema}.{name}"

    assert list(copy_beside(["m"], place)) == [
        "delete from intermediate.unpublished_m where true",
        "insert into intermediate.unpublished_m select * from marts.m",
    ]
    assert list(put_in_place(["m"], place)) == [
        "delete from published.m where true",
        "insert into published.m select * from intermediate.unpublished_m",
    ]
    assert "create table published.m as select * from marts.m where false" in lay_out(["m"], place)
