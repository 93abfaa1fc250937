"""Services: restart rules, back-off, start order."""

import pytest

from embedded.service import BackOff, Service, start_order


def named(name, *needs):
    return Service(name, ("true",), needs=needs)


@pytest.mark.parametrize(
    ("restart", "exit_code", "again"),
    [
        ("always", 0, True),
        ("always", 1, True),
        ("always", -9, True),
        ("always", 2, False),
        ("on-failure", 0, False),
        ("on-failure", 1, True),
        ("on-failure", 2, False),
        ("never", 1, False),
    ],
)
def test_restart_rule(restart, exit_code, again):
    assert Service("s", ("true",), restart=restart).wants_restart(exit_code) is again


def test_delays_double_up_to_a_bound():
    back_off = BackOff(first_seconds=1, factor=2, longest_seconds=5)
    assert [back_off.delay(n) for n in (1, 2, 3, 4, 50)] == [1, 2, 4, 5, 5]


def test_a_stable_run_begins_a_new_row_of_failures():
    back_off = BackOff(stable_seconds=60)
    assert back_off.failures_after(7, ran_seconds=59.9) == 8
    assert back_off.failures_after(7, ran_seconds=60.0) == 1


def test_services_start_after_what_they_need():
    spark, kafka = named("spark", "kafka", "postgres"), named("kafka")
    postgres, dashboard = named("postgres"), named("dashboard", "spark")
    levels = start_order([dashboard, spark, kafka, postgres])
    assert [[s.name for s in level] for level in levels] == [
        ["kafka", "postgres"],
        ["spark"],
        ["dashboard"],
    ]


def test_an_unknown_need_is_refused():
    with pytest.raises(ValueError, match="kafka"):
        start_order([named("spark", "kafka")])


def test_a_circle_is_refused():
    with pytest.raises(ValueError, match="a, b"):
        start_order([named("a", "b"), named("b", "a")])
