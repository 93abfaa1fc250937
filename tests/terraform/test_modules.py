"""Terraform's own word: the modules are valid, and their tests pass, without a cloud."""

import json
from pathlib import Path

import pytest
from support import terraform

from cloud import hcl

RUNS = [
    (f"tests/{path.name}", name)
    for path in sorted((terraform.MODULES / "tests").glob("*.tftest.hcl"))
    for run in hcl.parse(path)["run"]
    for name in run
]
ENVIRONMENTS = sorted(path.stem for path in (terraform.MODULES / "environments").iterdir())


def test_the_modules_are_valid(modules):
    found = json.loads(modules.run("validate", "-json").stdout)
    assert found["diagnostics"] == []


def test_the_pinned_provider_is_the_one_that_is_stood_in_for(providers):
    schema = json.loads((terraform.stand_in() / "schema.json").read_text())
    pinned = hcl.parse(terraform.MODULES / "versions.tf")["terraform"][0]["required_providers"][0]
    assert pinned["google"]["version"] == schema["version"]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{Path(run[0]).name.split('.')[0]}-{run[1]}")
def test_a_run_of_the_modules_tests_passes(outcomes, run):
    messages = outcomes[run]
    ended = [m["test_run"]["status"] for m in messages if m.get("test_run", {}).get("status")]
    problems = [m["diagnostic"]["detail"] for m in messages if m["type"] == "diagnostic"]
    assert ended == ["pass"], problems


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_can_be_planned(providers, tmp_path, name):
    copy = terraform.copy_of_modules(tmp_path, providers)
    for path in (copy.folder / "tests").iterdir():
        path.unlink()
    (copy.folder / "tests" / "environment.tftest.hcl").write_text(
        'mock_provider "google" {}\nrun "environment" {\n  command = plan\n}\n'
    )
    copy.run("init", "-backend=false", "-input=false")
    copy.run(
        "test", f"-var-file=environments/{name}.tfvars", "-var=project_id=tallyhouse-test",
        "-var=billing_account=012345-6789AB-CDEF01",
    )  # fmt: skip


def test_a_demo_keeps_its_state_in_the_folder_and_needs_a_cloud(providers, tmp_path):
    copy = terraform.copy_of_modules(tmp_path, providers)
    override = copy.folder / "backend_override.tf"
    override.write_bytes((copy.folder / "backends" / "local.tf").read_bytes())
    said = copy.run("init", "-input=false", "-no-color").stdout
    assert 'Successfully configured the backend "local"' in said
    asked = copy.run("plan", "-input=false", "-var=project_id=tallyhouse-test", check=False)
    assert asked.returncode == 1
    assert "there is no cloud behind this stand-in" in asked.stderr
