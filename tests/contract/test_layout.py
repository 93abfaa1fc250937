"""Traps of packaging that once cost time, held shut."""

from importlib.metadata import packages_distributions
from pathlib import Path

import dbt.cli.main

ROOT = Path(__file__).resolve().parents[2]


def test_dbt_comes_from_the_environment_not_from_our_folder() -> None:
    assert not (ROOT / "dbt" / "__init__.py").exists()
    assert ROOT / "dbt" not in Path(dbt.cli.main.__file__).parents


def test_tests_are_not_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_no_top_level_folder_shadows_an_installed_package() -> None:
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    ours = {"tallyhouse"}
    for folder in folders:
        owners = set(packages_distributions().get(folder, ours))
        assert owners <= ours, f"{folder} is also a package of {owners - ours}"
