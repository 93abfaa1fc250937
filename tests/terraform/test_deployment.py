"""A deployment made, broken off, made whole and destroyed, by Terraform itself on a stand-in."""

import json
import shutil
from dataclasses import replace

import pytest
from support import terraform
from support.google_stand_in import Project, google_of

from cloud import full_setup as setup
from cloud.deployment import Deployment
from cloud.destroy import destroy
from cloud.request import Request
from cloud.settings import ConsentSettings, DeploymentSettings, LoginSettings
from election.bigquery import DATASETS
from election.errors import UserError
from election.tables import ALL_TABLES

PROJECT = "tallyhouse-test"
YES = ConsentSettings(YES="1")


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    """Google and the provider with one empty world between them."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on this machine")
    for name in ("CREDENTIALS_FILE", "BIGQUERY_EMULATOR_HOST", "SCALE", "SPEED", "ELECTION"):
        monkeypatch.delenv(name, raising=False)
    # A night is another test's.
    monkeypatch.setattr(setup, "_night", lambda request, say, *, is_agreed: 0)
    with terraform.serving(tmp_path / "world") as providers, google_of(tmp_path / "world") as found:
        monkeypatch.setenv("TF_REATTACH_PROVIDERS", providers)
        monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/dev/null")
        yield found


def login(cloud):
    return LoginSettings(GOOGLE_API_ENDPOINT=cloud.address)


def request(cloud, tmp_path, **consent):
    return Request(
        PROJECT, login(cloud), ConsentSettings(**consent) if consent else YES,
        DeploymentSettings(), base=tmp_path / "var",
    )  # fmt: skip


def held(cloud, kind):
    return {file.stem for file in (cloud.world / kind).glob("*.json")}


def run(cloud, tmp_path, switches=(), **consent):
    said = []
    asked = replace(request(cloud, tmp_path, **consent), switches=frozenset(switches))
    return setup.full_setup(asked, said.append), said


def tear_down(cloud, tmp_path, consent=YES):
    said = []
    folder = request(cloud, tmp_path).folder
    return destroy(folder, PROJECT, login(cloud), consent, said.append), said


def test_a_setup_is_made_once_and_destroyed_without_a_trace(cloud, tmp_path):
    code, said = run(cloud, tmp_path)
    assert code == 0
    assert held(cloud, "google_bigquery_dataset") == {f"tallyhouse_{name}" for name in DATASETS}
    assert len(held(cloud, "google_bigquery_table")) == len(ALL_TABLES)
    assert any(line.startswith("marts: https://console.cloud.google.com/bigquery") for line in said)
    assert any("the night" in line and "$" in line for line in said)

    code, said = run(cloud, tmp_path)
    assert code == 0 and "plan: everything is there" in said

    # Somebody else's, in the same project: it is neither listed nor touched.
    other = cloud.world / "google_bigquery_dataset" / "other_raw.json"
    other.write_text(json.dumps({"values": {}, "labels": {"deployment": "other"}}))
    code, said = tear_down(cloud, tmp_path, ConsentSettings(DRY_RUN="1"))
    assert code == 0 and said[-1] == "DRY_RUN=1: nothing was destroyed"
    assert not any("other_raw" in line for line in said)
    code, said = tear_down(cloud, tmp_path)
    assert code == 0 and said[-1].startswith("nothing of the deployment tallyhouse is left")
    assert held(cloud, "google_bigquery_dataset") == {"other_raw"}
    assert held(cloud, "google_storage_bucket") == set()
    assert not request(cloud, tmp_path).folder.exists()
    with pytest.raises(UserError, match="there is nothing of tallyhouse-test to destroy"):
        tear_down(cloud, tmp_path)


def test_what_a_killed_run_made_is_taken_over_and_not_made_twice(cloud, tmp_path):
    run(cloud, tmp_path, {"identities"})
    state = request(cloud, tmp_path).folder / "terraform.tfstate"
    kept = json.loads(state.read_text())
    # As a kill leaves it: made, and not written down.
    lost = {"google_bigquery_table", "google_service_account", "google_storage_bucket"}
    kept["resources"] = [one for one in kept["resources"] if one["type"] not in lost]
    kept["serial"] += 1
    state.write_text(json.dumps(kept))
    before = {kind: held(cloud, kind) for kind in lost}
    code, said = run(cloud, tmp_path, {"identities"})
    assert code == 0
    taken = sum("is there from a run that broke off" in line for line in said)
    assert taken == sum(len(names) for names in before.values()) > 5
    assert {kind: held(cloud, kind) for kind in lost} == before
    assert "plan: everything is there" in run(cloud, tmp_path, {"identities"})[1]


def test_what_a_plan_takes_away_is_named_and_agreed_to_apart(cloud, tmp_path):
    run(cloud, tmp_path, {"identities"})
    accounts = held(cloud, "google_service_account")
    assert len(accounts) == 4
    said = []
    with pytest.raises(UserError, match="delete 4 google_service_account") as refused:
        setup.full_setup(request(cloud, tmp_path), said.append)
    assert "WITH=identities" in refused.value.fix and "DELETE=1" in refused.value.fix
    assert any(line.startswith("  delete: module.identities[0].google_service") for line in said)
    assert held(cloud, "google_service_account") == accounts
    # What was refused is not what was made: a destruction, and another run, go by the latter.
    assert run(cloud, tmp_path, {"identities"})[1].count("plan: everything is there") == 1
    code, _ = run(cloud, tmp_path, YES="1", DELETE="1")
    assert code == 0 and held(cloud, "google_service_account") == set()


def test_what_was_made_and_is_left_is_named_until_it_is_gone(cloud, tmp_path, monkeypatch):
    run(cloud, tmp_path, {"identities"})
    kept = cloud.world / "google_service_account" / "tallyhouse-spark.json"
    there = Project.answer

    def answer(self, path, body):
        if "serviceAccounts/tallyhouse-spark@" in path and not kept.exists():
            return 200, {}  # Terraform believes that it is gone, and Google still has it
        return there(self, path, body)

    monkeypatch.setattr(Project, "answer", answer)
    for _ in range(2):  # the state is empty by now: what was made is remembered
        code, said = tear_down(cloud, tmp_path)
        assert code == 1
        [left] = [line for line in said if line.startswith("left: ")]
        assert "google_service_account projects/tallyhouse-test/serviceAccounts/tally" in left
    assert any("not looked at" in one and "4 google_project_iam_member" in one for one in said)
    monkeypatch.setattr(Project, "answer", there)
    code, said = tear_down(cloud, tmp_path)
    assert code == 0 and said[-1].startswith("nothing of the deployment tallyhouse is left")


def test_what_is_left_after_a_destruction_is_named(cloud, tmp_path):
    run(cloud, tmp_path)
    left = cloud.world / "google_bigquery_dataset" / "tallyhouse_kept.json"
    left.write_text(json.dumps({"values": {}, "labels": {"deployment": "tallyhouse"}}))
    code, said = tear_down(cloud, tmp_path)
    assert (code, said[-1]) == (1, "left: dataset tallyhouse_kept")


TROUBLES = {
    "api": ({"apis_off": {"bigquery.googleapis.com"}}, "bigquery.googleapis.com is off", "enable"),
    "resource manager": (
        {"apis_off": {"cloudresourcemanager.googleapis.com"}},
        "cloudresourcemanager.googleapis.com is off", "enable cloudresourcemanager",
    ),
    "every question refused": (
        {"forbids": {"bigquery.googleapis.com"}}, "which datasets are there is not known",
        "grant what it names",
    ),
    "billing": ({"has_billing": False}, "billing is off", "link an account"),
    "permission": (
        {"lacks": {"bigquery.tables.create"}}, "needs bigquery.tables.create on the project",
        "grant roles/bigquery.dataEditor",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES)
def test_nothing_is_made_where_google_has_something_against_it(cloud, tmp_path, trouble):
    changes, what, fix = TROUBLES[trouble]
    for name, value in changes.items():
        setattr(cloud, name, value)
    with pytest.raises(UserError) as refused:
        run(cloud, tmp_path)
    assert what in refused.value.why and fix in refused.value.fix
    assert not cloud.world.exists()


def test_what_may_not_be_asked_stops_nothing(cloud, tmp_path):
    cloud.forbids = {"serviceusage.googleapis.com", "cloudbilling.googleapis.com"}
    code, said = run(cloud, tmp_path)
    assert code == 0
    assert sum("is not known: Google answers 403" in line for line in said) == 4


def test_a_service_that_only_checks_use_may_be_off_and_is_named_once(cloud, tmp_path):
    cloud.apis_off = {"serviceusage.googleapis.com", "cloudbilling.googleapis.com"}
    code, said = run(cloud, tmp_path)
    assert code == 0
    notes = [line for line in said if line.startswith("note")]
    assert len(notes) == 2 and all("gcloud services enable" in line for line in notes)


@pytest.mark.parametrize(
    ("labels", "what"),
    [({"deployment": "tallyhouse"}, "is in EU, not in europe-west2"),
     ({"deployment": "another"}, "is there, and not by this command")],
)  # fmt: skip
def test_datasets_elsewhere_or_of_somebody_else_stop_it(cloud, tmp_path, labels, what):
    cloud.location = "EU"
    there = cloud.world / "google_bigquery_dataset" / "tallyhouse_raw.json"
    there.parent.mkdir(parents=True)
    there.write_text(json.dumps({"values": {}, "labels": labels}))
    with pytest.raises(UserError, match="nothing can be set up yet") as refused:
        run(cloud, tmp_path)
    assert what in refused.value.why


def test_a_dry_run_asks_nobody_and_makes_nothing(cloud, tmp_path):
    said = []
    assert setup.full_setup(request(cloud, tmp_path, DRY_RUN="1"), said.append) == 0
    assert said[-1] == "DRY_RUN=1: nothing was made"
    assert cloud.asked == [] and not (tmp_path / "var" / "cloud").exists()


def test_terraform_that_is_not_there_is_named(cloud, tmp_path, monkeypatch):
    deployment = Deployment(tmp_path / "d", {"PATH": str(tmp_path)}, print)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no terraform on the PATH"):
        deployment.prepare({})
