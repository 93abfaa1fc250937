"""The oracle proves the pipeline, so it shares no code with it: not even the shared words."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORACLE = ROOT / "tests" / "faults" / "oracle"
FILES = sorted(ORACLE.glob("*.py"))
MAY_USE = {
    "confluent_kafka", "deltalake", "google", "oracle", "orjson", "polars", "psycopg", "pyarrow",
}  # fmt: skip


def imported(file):
    """Return the packages that a file imports; relative imports stay inside."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).split(".")[0]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_libraries_alone(file):
    assert set(imported(file)) - MAY_USE <= sys.stdlib_module_names


def test_it_loads_none_of_our_packages():
    ours = {p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()}
    code = (
        f"import sys; sys.path.insert(0, {str(ORACLE.parent)!r}); import oracle.oracle;"
        f"print(*({ours!r} & {{name.split('.')[0] for name in sys.modules}}))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "election" in ours
    assert said.stdout.split() == []


def test_it_runs_as_a_command():
    said = subprocess.run([sys.executable, str(ORACLE), "--var", str(ORACLE)],
                          check=False, capture_output=True, text=True)  # fmt: skip
    assert (said.returncode, said.stderr.split(";")[0]) == (2, f"no machine runs in {ORACLE}")
