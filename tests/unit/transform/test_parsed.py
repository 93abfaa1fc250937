"""What one process of dbt has parsed serves the next one, of another night."""

from types import SimpleNamespace

import pytest

from transform import invocation
from transform.settings import TransformSettings


@pytest.fixture
def parse(monkeypatch, tmp_path):
    """Parse a project of some text in a night's folder, as dbt: it writes what has changed."""

    def parse(night, project):
        here = tmp_path / night / invocation.PARSED

        def dbt(runner, arguments):
            if not here.exists() or here.read_text() != project:
                here.parent.mkdir(exist_ok=True)
                here.unlink(missing_ok=True)
                here.write_text(project)
                parsed.append(night)
            return SimpleNamespace(success=True, result=None)

        monkeypatch.setattr(invocation, "_invoke", dbt)
        settings = TransformSettings(
            DBT_TARGET_PATH=here.parent, DBT_PARSED_PATH=tmp_path / "of all nights"
        )
        invocation.Dbt(settings, night, is_final=False)

    parsed = []
    parse.parsed = parsed
    return parse


def test_the_next_night_begins_with_what_one_has_parsed(parse):
    parse("one", "project")
    parse("two", "project")
    assert parse.parsed == ["one"]


def test_a_project_that_has_changed_is_parsed_once_for_all_that_follow(parse):
    parse("one", "project")
    parse("two", "changed project")
    parse("three", "changed project")
    assert parse.parsed == ["one", "two"]
