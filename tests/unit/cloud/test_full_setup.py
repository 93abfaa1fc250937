"""A setup's parts without a cloud: spelling, price, the newest night, Google and its stand-in."""

from datetime import UTC, datetime
from types import SimpleNamespace

import httpx
import pytest

from cloud import checks, estimate, job_costs
from cloud import full_setup as setup
from cloud.adoption import orphans
from cloud.deployment import Change
from cloud.finding import Finding, refuse
from cloud.google_api import Google, open_google
from cloud.night import Newest, NextStep, step_after
from cloud.request import Request, settings_of
from cloud.settings import ConsentSettings, DeploymentSettings, LoginSettings
from election.errors import UserError
from election.settings import BigQuerySettings

GOOD = ("my-project-1", "europe-west2", "tallyhouse_")
STORAGE = {"STORAGE_PREFERENCE": "GCP", "GCP_PROJECT_ID": "my-project-1"}
SETTINGS = BigQuerySettings(GCP_PROJECT_ID="my-project-1")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_what_is_spelt_well_is_not_found_fault_with():
    assert list(checks.spelling_findings(*GOOD)) == []


@pytest.mark.parametrize(
    ("at", "value", "named"),
    [
        (0, "", "PROJECT_ID="), (0, "My Project", "PROJECT_ID=My Project"),
        (0, "123456789", "PROJECT_ID=123456789"), (0, "short", "PROJECT_ID=short"),
        (1, "EU", "BIGQUERY_LOCATION=EU"), (1, "europe-west2-a", "BIGQUERY_LOCATION="),
        (2, "raw", "BIGQUERY_DATASET_PREFIX=raw"), (2, "", "BIGQUERY_DATASET_PREFIX="),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_named_before_google_is_asked(at, value, named):
    words = list(GOOD)
    words[at] = value
    [found] = checks.spelling_findings(*words)
    assert found.stops and found.what.startswith(named)


def test_every_reason_to_stop_is_told_at_once_and_a_note_stops_nothing():
    note = Finding("a", "mend a", stops=False)
    refuse([note], "no")
    with pytest.raises(UserError) as refused:
        refuse([note, Finding("b", "mend b"), Finding("c", "mend b")], "nothing can be set up")
    assert (refused.value.why, refused.value.fix) == ("b; c", "mend b")


@pytest.mark.parametrize(
    ("status", "settings", "step"),
    [
        ("complete", STORAGE, NextStep.NOTHING),
        ("interrupted", STORAGE, NextStep.GO_ON),
        ("failed", STORAGE, NextStep.GO_ON),
        ("running", STORAGE, NextStep.GO_ON),  # its controller was killed
        ("interrupted", {"STORAGE_PREFERENCE": "POSTGRES"}, NextStep.BEGIN),
        ("complete", {**STORAGE, "GCP_PROJECT_ID": "another"}, NextStep.BEGIN),
    ],
)
def test_only_a_night_of_this_project_is_gone_on_with(status, settings, step):
    assert step_after(Newest("n", status, settings, NOW, None), STORAGE) is step
    assert step_after(None, STORAGE) is NextStep.BEGIN


def price(**changes):
    plan = {"speed": "540", "scale": 100, "load_every_s": 120.0, "write_every_s": 20.0,
            "dbt_every_s": 30.0, "with_compute": False}  # fmt: skip
    return estimate.night_bill(**{**plan, **changes})


def test_a_slower_or_larger_night_costs_more_and_compute_is_paid_only_where_it_is_on():
    assert price().cost < price(speed="54").cost < price(speed="5.4").cost
    assert price().cost < price(scale=1).cost
    assert not any("machine" in item.name for item in price().items)
    assert any(item.name.startswith("Spark") for item in price(with_compute=True).items)


def test_the_lines_of_a_price_add_up():
    *parts, whole = [float(line.split()[1]) for line in estimate.lines(price())]
    assert sum(parts) == pytest.approx(whole, abs=0.03) and whole > 0


def job(stage=None, *, billed=0, slots=0, parent=None, error=None):
    labels = {"application": "tallyhouse", "stage": stage} if stage else {}
    return SimpleNamespace(labels=labels, total_bytes_billed=billed, slot_millis=slots,
                           parent_job_id=parent, error_result=error)  # fmt: skip


def test_our_jobs_are_summed_by_stage_and_a_scripts_statements_count_once():
    load = SimpleNamespace(
        labels={"application": "tallyhouse", "stage": "ingestion"}, error_result=None
    )
    found = job_costs.used_by_stage(
        [job("dbt", billed=2**40, slots=1000), job("dbt", billed=5, parent="a script"),
         job("dbt", error={"reason": "invalid"}), load, job(billed=7)]
    )  # fmt: skip
    assert list(found) == ["dbt", "ingestion"]  # what is not labelled is somebody else's
    assert (found["dbt"].jobs, found["dbt"].failed, found["dbt"].slot_ms) == (2, 1, 1000)
    assert found["dbt"].cost == pytest.approx(6.25)
    assert (found["ingestion"].jobs, found["ingestion"].bytes_billed) == (1, 0)


BEGAN = datetime(2026, 11, 25, 20, 30, tzinfo=UTC)
ENDED = datetime(2026, 11, 25, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "ended", "until"),
    [("running", None, None), ("interrupted", ENDED, None), ("failed", ENDED, None),
     ("complete", ENDED, ENDED)],
)  # fmt: skip
def test_tonight_is_from_its_own_beginning_to_its_end(status, ended, until):
    found = Newest("n", status, STORAGE, BEGAN, ended)
    assert job_costs.span_of(found, SETTINGS) == job_costs.Span(BEGAN, until)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, "none was held here"),
        (Newest("n", "complete", {**STORAGE, "GCP_PROJECT_ID": "other"}, BEGAN, ENDED), "another"),
        (Newest("n", "complete", {"STORAGE_PREFERENCE": "POSTGRES"}, BEGAN, ENDED), "another"),
    ],
)  # fmt: skip
def test_a_night_that_was_not_held_there_costs_nothing_there(found, why):
    with pytest.raises(UserError, match="no night of my-project-1") as refused:
        job_costs.span_of(found, SETTINGS)
    assert why in refused.value.why


def test_only_jobs_of_the_nights_own_time_are_asked_for(monkeypatch):
    asked = []

    class Client:
        def list_jobs(self, **arguments):
            asked.append(arguments)
            return []

    access = SimpleNamespace(client=Client)
    monkeypatch.setattr(job_costs, "open_access", lambda _: access)
    pytest.importorskip("google.api_core", reason="BigQuery's clients: make bigquery")
    assert job_costs.read_jobs(SETTINGS, job_costs.Span(BEGAN, ENDED), print) == []
    assert asked == [{"all_users": True, "min_creation_time": BEGAN, "max_creation_time": ENDED}]


def test_a_stand_in_must_be_on_this_machine():
    with pytest.raises(UserError, match="not on this machine"):
        open_google(LoginSettings(GOOGLE_API_ENDPOINT="http://google.example:80"), "p")


def test_a_login_that_is_none_is_told_with_what_to_do(tmp_path):
    pytest.importorskip("google.auth", reason="BigQuery's clients: make bigquery")
    key = tmp_path / "key.json"
    key.write_text("{}")
    with pytest.raises(UserError, match="there is no login for Google") as refused:
        open_google(LoginSettings(CREDENTIALS_FILE=str(key)), "p")
    assert "application-default login" in refused.value.fix


def test_consent_is_asked_for_only_where_somebody_can_answer(monkeypatch):
    from cloud.consent import agreed

    assert agreed(ConsentSettings(YES="1"), "make it?")
    no = ConsentSettings(YES="0")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    with pytest.raises(UserError, match="nobody can be asked"):
        agreed(no, "make it?")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    for answer, is_yes in (("y", True), ("n", False), ("", False)):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert agreed(no, "make it?") is is_yes


def test_yes_to_what_is_made_is_no_yes_to_a_deletion(monkeypatch):
    from cloud.consent import agreed_to_deletions

    assert agreed_to_deletions(ConsentSettings(YES="1", DELETE="1"), "delete it?", "keep it")
    with pytest.raises(UserError) as refused:
        agreed_to_deletions(ConsentSettings(YES="1"), "delete it?", "keep it")
    assert refused.value.fix == "keep it; or, if it should go, say it with DELETE=1"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    for answer, is_yes in (("y", True), ("", False)):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert agreed_to_deletions(ConsentSettings(), "delete it?", "keep it") is is_yes


def request(switches=(), image_tag=None, **consent):
    return Request(
        "my-project-1", LoginSettings(), ConsentSettings(**consent), DeploymentSettings(),
        frozenset(switches), image_tag=image_tag,
    )  # fmt: skip


def test_a_deployments_settings_are_written_as_they_were_given():
    asked = request({"identities", "compute"}, "0.1.0")
    assert settings_of(asked.variables()) == (
        "BIGQUERY_LOCATION=europe-west2 BIGQUERY_DATASET_PREFIX=tallyhouse_"
        " WITH=compute,identities IMAGE_TAG=0.1.0"
    )


def test_a_tag_without_compute_is_refused():
    [found] = setup.local_findings(request(image_tag="0.1.0"))
    assert found.stops and found.what.startswith("IMAGE_TAG=0.1.0")


@pytest.mark.parametrize(
    ("step", "is_agreed", "answer", "held"),
    [
        (NextStep.BEGIN, False, "n", []), (NextStep.GO_ON, False, "", []),
        (NextStep.BEGIN, False, "y", [False]), (NextStep.GO_ON, False, "y", [True]),
        (NextStep.BEGIN, True, "n", [False]),
    ],
)  # fmt: skip
def test_a_night_is_paid_for_only_by_whoever_agreed(monkeypatch, step, is_agreed, answer, held):
    nights, said = [], []
    monkeypatch.setattr(setup.night, "next_step", lambda *_: step)
    monkeypatch.setattr(
        setup.night, "hold", lambda base, environment, *, resume: nights.append(resume) or 0
    )
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda question: said.append(question) or answer)
    assert setup._night(request(), said.append, is_agreed=is_agreed) == 0
    assert nights == held
    assert any("pay for it" in line for line in said) is not is_agreed


@pytest.mark.parametrize(("tag", "nights"), [(None, 0), ("0.1.0", 1)])
def test_compute_waits_for_images_and_goes_on_with_their_tag(monkeypatch, tag, nights):
    outputs = {
        "image_repository": "r/tallyhouse",
        "console_links": {},
        "dashboard_url": "https://d",
    }
    held, said = [], []
    monkeypatch.setattr(setup, "Deployment", lambda *_: SimpleNamespace(outputs=lambda: outputs))
    monkeypatch.setattr(setup, "_planned", lambda *_: [])
    monkeypatch.setattr(setup, "_night", lambda *_, is_agreed: held.append(is_agreed) or 0)
    asked = request({"identities", "compute"}, tag)
    assert asked.variables()["image_tag"] == tag
    assert setup.full_setup(asked, said.append) == 0
    assert len(held) == nights
    assert any("IMAGE_TAG=<tag>" in line for line in said) is (tag is None)
    assert any("https://d" in line for line in said)


def test_only_what_has_our_label_is_taken_over():
    there = {"tallyhouse_raw": "tallyhouse", "tallyhouse_ops": "another"}

    def answer(request):
        label = there.get(request.url.path.rsplit("/", 1)[-1])
        return httpx.Response(200 if label else 404, json={"labels": {"deployment": label}})

    google = Google(httpx.Client(transport=httpx.MockTransport(answer)))

    def dataset(name, action="create"):
        values = {"dataset_id": name, "project": "p"}
        return Change(f"d.{name}", "google_bigquery_dataset", values, action)

    changes = [
        dataset("tallyhouse_raw"),
        dataset("tallyhouse_ops"),
        dataset("tallyhouse_marts"),
        dataset("tallyhouse_raw", "update"),
        Change("a", "google_project_iam_member", {"project": "p"}, "create"),
    ]
    found = list(orphans(google, changes, "tallyhouse"))
    assert found == [("d.tallyhouse_raw", "projects/p/datasets/tallyhouse_raw")]
