"""An error's line for a person."""

import pytest

from election.errors import first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("what happened\nand where"), "what happened"),
        (ValueError("\n  what happened  \n"), "what happened"),
        (ValueError("x" * 500), "x" * 400),
        (TimeoutError(), "TimeoutError"),
        (OSError("  \n "), "OSError"),
    ],
)
def test_an_error_says_something_in_one_line(error, line):
    assert first_line(error) == line
