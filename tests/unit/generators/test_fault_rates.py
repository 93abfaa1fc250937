"""FAULTS: `name:value` changes one rate and leaves the others; `none` is off."""

from dataclasses import asdict, replace

import pytest

from election.errors import UserError
from generators.fault_rates import NAMES, NO_FAULTS, FaultRates, parse


def test_nothing_said_is_the_defaults():
    assert parse("") == parse(" , ") == FaultRates()
    assert FaultRates().duplicate == 0.005
    assert (FaultRates().lose, FaultRates().alter) == (0, 0)


def test_one_value_leaves_the_others():
    assert parse("late:0.02") == replace(FaultRates(), late=0.02)
    assert parse(" duplicate : 1 , lose:2 ") == replace(FaultRates(), duplicate=1.0, lose=2)


@pytest.mark.parametrize("text", ["none", "NONE", " none "])
def test_none_is_no_fault_at_all(text):
    assert parse(text) == NO_FAULTS
    assert set(asdict(NO_FAULTS).values()) == {0}


def test_none_may_be_followed_by_those_that_there_are_to_be():
    assert parse("none,lose:1,alter:1") == replace(NO_FAULTS, lose=1, alter=1)


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_can_be_set(name):
    assert getattr(parse(f"{name}:1"), name) == 1


@pytest.mark.parametrize(
    "text",
    ["unknown:1", "duplicate:2", "duplicate:-.1", "duplicate:x", "duplicate", "duplicate:",
     "late:nan", "late:inf", "lose:.5", "lose:-1", "alter:one", ":1", "late=0.1", "late:.1 lose:1"],
)  # fmt: skip
def test_what_is_no_fault_is_refused_with_every_name(text):
    with pytest.raises(UserError, match="FAULTS") as raised:
        parse(text)
    assert all(name in raised.value.why for name in NAMES)
