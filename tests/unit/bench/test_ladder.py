"""How the growth of a price with the history is told."""

import pytest

from bench.ladder import REFERENCE, Prices, slope

RUNGS = [500_000, 1_000_000, 5_000_000, 20_000_000]


@pytest.mark.parametrize("power", [0.0, 0.05, 0.5, 1.0])
def test_the_slope_is_the_power_of_the_history(power):
    assert slope(RUNGS, [3.0 * rung**power for rung in RUNGS]) == pytest.approx(power, abs=1e-9)


def test_each_price_has_a_slope_of_its_own():
    prices = Prices(history=RUNGS)
    for rung in RUNGS:
        prices.note(REFERENCE, [100.0, 100.0, 100.0])
        prices.note("flat", [19.0, 20.0, 900.0])
        prices.note("growing", [float(rung)] * 3)
    assert prices.slopes() == {"flat": pytest.approx(0.0), "growing": pytest.approx(1.0)}


def test_a_machine_that_becomes_faster_flatters_no_price():
    prices = Prices(history=RUNGS)
    for rung, fast in zip(RUNGS, (180.0, 150.0, 120.0, 100.0), strict=True):
        prices.note(REFERENCE, [fast, 2 * fast])
        prices.note("as the machine", [fast, 2 * fast])
        prices.note("growing", [rung * fast, rung * 2 * fast])
    assert prices.slopes() == {
        "as the machine": pytest.approx(0.0, abs=1e-9),
        "growing": pytest.approx(1.0),
    }
