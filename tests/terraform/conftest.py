"""One stand-in for the session, and one run of all tests of the modules."""

import shutil
from collections import defaultdict

import pytest
from support import terraform


@pytest.fixture(scope="session")
def providers():
    """Serve the stand-in; return what tells Terraform of it."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on this machine")
    with terraform.serving() as served:
        yield served


@pytest.fixture(scope="session")
def modules(providers, tmp_path_factory):
    """Return a copy of terraform/, initialised, that no test changes."""
    copy = terraform.copy_of_modules(tmp_path_factory.mktemp("modules"), providers)
    copy.run("init", "-backend=false", "-input=false")
    return copy


@pytest.fixture(scope="session")
def outcomes(modules):
    """Return the messages of every run of `terraform test`, by file and run."""
    found = defaultdict(list)
    for message in modules.messages("test", "-json", "-verbose"):
        if "@testrun" in message:
            found[message["@testfile"], message["@testrun"]].append(message)
    return dict(found)


@pytest.fixture(scope="session")
def planned(outcomes):
    """Return a function: what a run of switches.tftest.hcl plans, as (type, address, values)."""

    def of_run(run):
        for message in outcomes["tests/switches.tftest.hcl", run]:
            if message["type"] == "test_plan":
                return [
                    (change["type"], change["address"], change["change"]["after"])
                    for change in message["test_plan"]["resource_changes"]
                    if change["mode"] == "managed"
                ]
        raise AssertionError(f"{run} has no plan")

    return of_run
