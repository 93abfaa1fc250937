"""The README says what is there: every setting, every command, every file it points at."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
STAGES = (
    "election", "generators", "ingestion", "spark", "transform", "dashboard", "exports",
    "embedded", "cloud", "warehouse", "containers",
)  # fmt: skip


def settings():
    """Every variable that a settings class reads."""
    for stage in STAGES:
        for source in (ROOT / stage).rglob("*.py"):
            for node in ast.walk(ast.parse(source.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "validation_alias":
                    yield ast.literal_eval(node.value)


def targets():
    return set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(set(settings())))
def test_every_setting_is_described(name):
    assert f"`{name}`" in README


def test_settings_that_make_passes_on_exist():
    passed_on = MAKEFILE.split("SETTINGS :=")[1].split("\n$(")[0].replace("\\", " ").split()
    sources = "".join(p.read_text() for stage in (*STAGES, "bench", "tests")
                      for p in (ROOT / stage).rglob("*.py"))  # fmt: skip
    assert [name for name in passed_on if f'"{name}"' not in sources] == []


def test_every_command_of_the_readme_is_a_target():
    assert set(re.findall(r"\bmake ([a-z0-9-]+)", README)) <= targets()


def test_every_target_is_in_the_help():
    described = set(re.findall(r"^([a-z0-9-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert targets() == described


def test_every_file_of_the_readme_is_there():
    named = re.findall(r"\]\(([^)#]+)\)|<img[^>]*src=\"([^\"]+)\"", README)
    paths = [first or second for first, second in named]
    folders = re.findall(r"^\| `([a-z]+/)`", README, re.MULTILINE)
    missing = [p for p in (*paths, *folders) if "://" not in p and not (ROOT / p).exists()]
    assert missing == []


def test_every_stage_describes_itself():
    assert [s for s in (*STAGES, "dbt") if not (ROOT / s / "README.md").exists()] == []
