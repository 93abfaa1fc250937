"""What the stage ends with tells its supervisor whether to start it again."""

import sys

import pytest

from election.errors import PassingError, UserError
from transform import __main__ as command


@pytest.mark.parametrize(("kind", "code"), [(UserError, 2), (PassingError, 1)])
def test_trouble_that_passes_is_worth_another_start(monkeypatch, capsys, kind, code):
    def refuse(*_):
        raise kind("the database does not answer", why="silence", fix="wait")

    monkeypatch.setattr(sys, "argv", ["transform", "run"])
    monkeypatch.setattr(command, "read_settings", refuse)
    assert command.main() == code
    assert capsys.readouterr().err.splitlines()[0] == "error: the database does not answer"
