"""The dbt project, parsed once for every test that reads its manifest."""

from pathlib import Path

import pytest
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[2] / "dbt"


@pytest.fixture(scope="session")
def manifest(tmp_path_factory):
    result = dbtRunner().invoke(
        [
            "--quiet", "--no-version-check", "--log-level-file", "none", "parse",
            "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
            "--target-path", str(tmp_path_factory.mktemp("target")),
        ]
    )  # fmt: skip
    assert result.success, result.exception
    return result.result


@pytest.fixture(scope="session")
def manifest_file(manifest):
    """The manifest as in manifest.json."""
    return manifest.writable_manifest().to_dict(omit_none=False)
