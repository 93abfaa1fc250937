"""What the stage ends with tells its supervisor whether to start it again."""

import sys

import pytest
import structlog

from election.errors import PassingError, UserError
from transform import __main__ as command


@pytest.fixture(autouse=True)
def logging_of_this_process():
    """The stage sets up its process's logging, to a standard error that ends with this test."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize(("kind", "code"), [(UserError, 2), (PassingError, 1)])
def test_trouble_that_passes_is_worth_another_start(monkeypatch, capsys, kind, code):
    def refuse(*_):
        raise kind("the database does not answer", why="silence", fix="wait")

    monkeypatch.setattr(sys, "argv", ["transform", "run"])
    monkeypatch.setattr(command, "read_settings", refuse)
    assert command.main() == code
    assert capsys.readouterr().err.splitlines()[0] == "error: the database does not answer"
