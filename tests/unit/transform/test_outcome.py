from dataclasses import dataclass

from transform.outcome import Outcome, changes, judge


@dataclass
class Node:
    unique_id: str
    status: str
    message: str | None = None
    failures: int | None = None


PASSED = Node("model.tallyhouse.fine", "success")


def test_a_run_without_problems_passes():
    assert judge([PASSED, Node("test.tallyhouse.t", "pass", failures=0)]) == Outcome("pass")


def test_a_failing_test_makes_a_run_fail_with_as_many_failures_as_rows():
    outcome = judge([PASSED, Node("test.tallyhouse.sums", "fail", "Got 3\nresults", 3)])
    assert outcome == Outcome("fail", 3, ("sums: Got 3 results",))


def test_a_broken_node_is_an_error_and_comes_first():
    outcome = judge(
        [Node("test.tallyhouse.sums", "fail", None, 2), Node("model.tallyhouse.m", "error", "no")]
    )
    assert outcome == Outcome("error", 3, ("m: no", "sums: fail"))


def test_skipped_nodes_are_no_problem_of_their_own():
    assert judge([Node("model.tallyhouse.later", "skipped")]) == Outcome("pass")


def test_two_invocations_have_the_worse_verdict_and_all_problems():
    assert Outcome("fail", 2, ("a",)).then(Outcome("pass")) == Outcome("fail", 2, ("a",))
    assert Outcome("pass").then(Outcome("error", 1, ("b",))) == Outcome("error", 1, ("b",))
    assert Outcome("error", 1, ("a",)).then(Outcome("fail", 1, ("b",))) == Outcome(
        "error", 2, ("a", "b")
    )


def test_tables_with_other_rows_are_named_and_the_others_counted():
    before = {"marts.a": (3, 1), "marts.b": (3, 1), "marts.gone": (2, 5)}
    after = {"marts.a": (3, 1), "marts.b": (3, 2), "marts.new": (0, 0)}
    assert changes(before, after) == [
        "marts.b: 3 rows -> 3, not the same as before",
        "marts.gone: 2 rows -> 0, not the same as before",
        "2 tables are as they were",
    ]
