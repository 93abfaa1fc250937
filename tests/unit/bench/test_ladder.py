"""How the growth of a price with the history is told."""

import pytest

from bench.ladder import Prices, slope

RUNGS = [500_000, 1_000_000, 5_000_000, 20_000_000]


@pytest.mark.parametrize("power", [0.0, 0.05, 0.5, 1.0])
def test_the_slope_is_the_power_of_the_history(power):
    assert slope(RUNGS, [3.0 * rung**power for rung in RUNGS]) == pytest.approx(power, abs=1e-9)


def test_each_price_has_a_slope_of_its_own():
    prices = Prices()
    for rung in RUNGS:
        fresh = {"flat": 10.0, "growing": 10.0}
        longs = [{"flat": flat, "growing": float(rung)} for flat in (19.0, 20.0, 900.0)]
        prices.note(rung, [(long, fresh) for long in longs])
    assert prices.history == RUNGS
    assert prices.slopes() == {"flat": pytest.approx(0.0), "growing": pytest.approx(1.0)}


def test_a_machine_that_becomes_dearer_neither_hides_nor_makes_growth():
    prices = Prices()
    for rung, dear in zip(RUNGS, (1.0, 1.2, 1.5, 1.8), strict=True):
        turns = [
            ({"flat": 50 * dear * now, "growing": rung * dear * now},
             {"flat": 50 * dear * now, "growing": dear * now})
            for now in (1.0, 1.3, 0.9)
        ]  # fmt: skip
        prices.note(rung, turns)
    assert prices.slopes() == {
        "flat": pytest.approx(0.0, abs=1e-9),
        "growing": pytest.approx(1.0),
    }
