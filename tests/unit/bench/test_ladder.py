"""How the growth of a price with the history is told."""

import pytest

from bench.ladder import Prices, slope

RUNGS = [500_000, 1_000_000, 5_000_000, 20_000_000]


@pytest.mark.parametrize("power", [0.0, 0.05, 0.5, 1.0])
def test_the_slope_is_the_power_of_the_history(power):
    assert slope(RUNGS, [3.0 * rung**power for rung in RUNGS]) == pytest.approx(power, abs=1e-9)


def test_each_price_has_a_slope_of_its_own():
    prices = Prices(history=RUNGS)
    for rung in RUNGS:
        prices.note("flat", [19.0, 20.0, 900.0])
        prices.note("growing", [float(rung)])
    assert prices.slopes() == {"flat": pytest.approx(0.0), "growing": pytest.approx(1.0)}
