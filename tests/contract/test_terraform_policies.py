"""Terraform's files as data: who gets which right, what is refused, how the files are kept."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cloud import hcl
from cloud.held_permissions import MOST_AT_ONCE
from cloud.rights import PROJECT, RIGHTS_FILE, permissions, read_rights, switches
from election.ddl import READ_BY_EVERYBODY, SCHEMAS, WRITTEN_BY_LOADER, WRITTEN_BY_TRANSFORM
from spark.sinks.bigquery_tables import HOW_FAR
from transform.mirror import CARRIED

ROOT = Path(__file__).resolve().parents[2] / "terraform"
FOLDERS = hcl.folders(ROOT)
MODULES = {folder.name: folder for folder in FOLDERS[1:]}
SWITCH_OF = {"warehouse": "default", "lake": "default"} | {
    name: name for name in ("identities", "compute", "guard")
}
VARIABLES = hcl.named(ROOT, "variable")
ALL_RESOURCES = [(folder, *resource) for folder in FOLDERS for resource in hcl.resources(folder)]
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)

# To ask BigQuery is granted on a project and on nothing smaller; Dataproc's role has a condition.
PROJECT_WIDE = {"roles/bigquery.jobUser", "roles/dataproc.worker"}
GRANTED = PROJECT_WIDE | {
    "READER", "WRITER", "roles/artifactregistry.reader", "roles/bigquery.dataEditor",
    "roles/iam.serviceAccountTokenCreator", "roles/iap.httpsResourceAccessor",
    "roles/run.invoker", "roles/secretmanager.secretAccessor", "roles/storage.objectUser",
}  # fmt: skip
# A key can be copied; a policy or binding takes away what others were granted; dataset_iam takes
# away what views were granted.
FORBIDDEN = re.compile(
    r"_service_account_key|_iam_policy|_iam_binding|_iam_audit_config|bigquery_dataset_iam_"
    r"|storage_(bucket|object|default_object)_(acl|access_control)|_secret_version"
    r"|_custom_role|organization|folder"
)


def test_files_are_formatted():
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on this machine")
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", str(ROOT)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@every_folder
def test_versions_are_pinned_and_the_same_everywhere(folder):
    assert (folder / "versions.tf").read_text() == (ROOT / "versions.tf").read_text()
    pinned = hcl.parse(ROOT / "versions.tf")["terraform"][0]
    assert pinned["required_version"] == ">= 1.9"
    provider = pinned["required_providers"][0]["google"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", provider["version"])


def test_the_state_is_in_a_bucket_that_no_file_names():
    assert hcl.parse(ROOT / "backend.tf")["terraform"] == [{"backend": [{"gcs": {}}]}]


@every_folder
@pytest.mark.parametrize("kind", ["variable", "output"])
def test_variables_and_outputs_are_sorted_and_described(folder, kind):
    found = hcl.named(folder, kind)
    assert list(found) == sorted(found)
    for name, body in found.items():
        assert body["description"].endswith("."), name
        assert kind == "output" or body["type"], name


@pytest.mark.parametrize("name", VARIABLES)
def test_what_a_variable_refuses_it_refuses_by_name_in_a_sentence(name):
    checks = VARIABLES[name].get("validation", [])
    assert checks or VARIABLES[name]["type"] == "bool"
    for check in checks:
        assert re.fullmatch(rf"{name} (must|needs) .+\.", check["error_message"])


def test_every_refusal_is_tried():
    runs = hcl.parse(ROOT / "tests" / "refusals.tftest.hcl")["run"]
    tried = [name for run in runs for body in run.values() for name in body["expect_failures"]]
    checks = {name: len(body.get("validation", [])) for name, body in VARIABLES.items()}
    for name, count in checks.items():
        assert tried.count(f"${{var.{name}}}") >= count, name


@pytest.mark.parametrize("place", ALL_RESOURCES, ids=lambda place: f"{place[0].name}-{place[1]}")
def test_nothing_is_made_that_takes_or_leaks_rights(place):
    assert not FORBIDDEN.search(place[1].removeprefix("data."))


@pytest.mark.parametrize(
    "place", [p for p in ALL_RESOURCES if "role" in p[3]], ids=lambda p: f"{p[0].name}-{p[2]}"
)
def test_rights_are_the_reviewed_ones_and_on_things_not_projects(place):
    folder, of_type, _, body = place
    granted = roles_of(folder, body)
    assert granted <= GRANTED
    if of_type == "google_project_iam_member":
        assert granted <= PROJECT_WIDE
        if "roles/dataproc.worker" in granted:
            assert "resource.name" in str(body["condition"])


def roles_of(folder, body):
    """Return the roles of a grant; those of warehouse's accounts stand in its local values."""
    if body["role"] == "${each.value.role}":
        return {role for roles in hcl.local_values(folder)["grants"].values() for role in roles}
    return {body["role"]}


def test_nobody_is_everybody():
    texts = {path: path.read_text() for path in ROOT.rglob("*.tf*") if "tests" not in path.parts}
    named = [path for path, text in texts.items() if re.search("allUsers|allAuthenticated", text)]
    assert named == []


def test_no_file_runs_a_command_or_holds_a_state():
    for _, of_type, name, body in ALL_RESOURCES:
        assert "provisioner" not in body, (of_type, name)
    kept = {path.name for path in ROOT.rglob("*") if ".terraform" not in path.parts}
    assert not {n for n in kept if n.endswith((".tfstate", ".lock.hcl", "backend_override.tf"))}


def test_accounts_may_do_what_roles_of_postgresql_may():
    grants = hcl.local_values(MODULES["warehouse"])["grants"]
    loaders = {*grants["ingest"]["WRITER"], *grants["spark"]["WRITER"]}
    # The dataset ops is a copy of PostgreSQL's schema, of which stages write single tables.
    assert loaders == {*WRITTEN_BY_LOADER, "raw_staging"} - {"ops"}
    assert set(grants["transform"]["WRITER"]) == set(WRITTEN_BY_TRANSFORM)
    assert set(grants["transform"]["READER"]) == set(SCHEMAS) - set(WRITTEN_BY_TRANSFORM)
    assert grants["dashboard"] == {"READER": list(READ_BY_EVERYBODY)}


def test_a_stage_may_write_the_tables_of_ops_that_it_writes_and_no_others():
    writers = hcl.local_values(MODULES["warehouse"])["table_writers"]
    assert {identity: set(tables) for identity, tables in writers.items()} == {
        "spark": {name.replace(".", "/") for name in HOW_FAR},
        "transform": {f"ops/{name}" for name in CARRIED},
    }


def test_there_is_an_account_for_each_that_is_granted_something():
    stages = hcl.local_values(MODULES["identities"])["stages"]
    assert set(stages) == set(hcl.local_values(MODULES["warehouse"])["grants"])


@pytest.mark.parametrize("place", ALL_RESOURCES, ids=lambda p: f"{p[0].name}-{p[1]}-{p[2]}")
def test_the_right_to_make_each_resource_is_named_for_its_switch(place):
    folder, of_type, _, _ = place
    rights = read_rights(RIGHTS_FILE.read_text())
    covered = {
        made
        for right in rights
        if right.switch in ("default", SWITCH_OF[folder.name])
        for made in right.resources
    }
    granted_to_accounts = {"google_storage_bucket_iam_member"} if folder.name == "lake" else set()
    assert of_type in covered | granted_to_accounts


def test_no_right_is_asked_for_what_is_not_made():
    named = {made for right in read_rights(RIGHTS_FILE.read_text()) for made in right.resources}
    assert named == {of_type for _, of_type, _, _ in ALL_RESOURCES}


def test_rights_are_written_once_and_fit_into_one_question():
    rights = read_rights(RIGHTS_FILE.read_text())
    assert len({(right.switch, right.role) for right in rights}) == len(rights)
    assert all(list(r.permissions) == sorted(set(r.permissions)) for r in rights)
    assert len(permissions(rights, PROJECT)) <= MOST_AT_ONCE


def test_switches_of_rights_and_of_the_root_are_the_same():
    declared = {name.removeprefix("with_") for name in VARIABLES if name.startswith("with_")}
    assert set(switches(read_rights(RIGHTS_FILE.read_text()))) == declared
    assert set(hcl.local_values(ROOT)["switches"]) == {"default", *declared}


def test_environments_set_variables_that_there_are():
    files = sorted((ROOT / "environments").glob("*.tfvars"))
    assert files
    for path in files:
        assert set(hcl.parse(path)) <= set(VARIABLES), path.name


def test_what_the_broker_is_started_with_can_be_read_by_cloud_init_and_shell():
    text = (MODULES["compute"] / "broker.yaml.tftpl").read_text()
    rendered = re.sub(r"\$\{[^}]*\}", "made-up", text)
    files = yaml.safe_load(rendered)["write_files"]
    scripts = [f["content"] for f in files if f["path"].endswith(".sh")]
    assert scripts
    for script in scripts:
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
    assert not re.search(r"(password|token)\S* [^|\n]*docker run", text)


def test_the_dashboards_image_gets_no_secret():
    text = json.dumps(hcl.parse(MODULES["compute"] / "dashboard.tf"))
    assert not re.search("PASSWORD|SECRET|TOKEN", text)
