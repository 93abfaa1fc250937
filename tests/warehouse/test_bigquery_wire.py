"""Troubles of BigQuery as its client tells of them, over HTTP: passed over, or told with a fix."""

import pytest
from support.bigquery_wire import LOST, Refusal, job_service

from election.errors import UserError
from election.settings import BigQuerySettings
from warehouse.clients import open_access
from warehouse.jobs import Jobs

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
ID = "tallyhouse-spark-entry-7-1"


class Clock:
    now = 0.0

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def service():
    with job_service() as served:
        yield served


def run(service, *script):
    service.script = list(script)
    settings = BigQuerySettings(
        GCP_PROJECT_ID="p-123456", BIGQUERY_EMULATOR_HOST=service.address,
        CREDENTIALS_FILE="emulator", BIGQUERY_GIVE_UP_AFTER_S=60,
    )  # fmt: skip
    clock = Clock()
    jobs = Jobs(open_access(settings).client(), settings, "spark", sleep=clock.sleep,
                seconds=lambda: clock.now)  # fmt: skip
    return [tuple(row) for row in jobs.query("select 7", name="entry-7", doing="it failed")]


PASSING = {
    "429": Refusal(429, "rateLimitExceeded", "Exceeded rate limits: too many api requests"),
    "503": Refusal(503, "backendError", "Visibility check was unavailable. Please retry"),
    "500": Refusal(500, "internalError", "An internal error occurred"),
    "403, too fast": Refusal(403, "rateLimitExceeded", "Exceeded rate limits: table update"),
    "lost": LOST,
}


@pytest.mark.parametrize("trouble", PASSING)
def test_what_passes_is_asked_again_under_the_same_id_and_done_once(service, trouble):
    assert run(service, PASSING[trouble], PASSING[trouble]) == [(7,)]
    assert set(service.asked) == set(service.jobs) == {ID}
    assert len(service.asked) >= 2


STAYING = {
    "quota": (
        Refusal(403, "quotaExceeded", "Quota exceeded: Your table exceeded quota for imports"),
        "a quota of BigQuery is used up", "BIGQUERY_LOAD_EVERY_S",
    ),
    "key": (
        Refusal(401, "authError", "Request had invalid authentication credentials."),
        "does not accept the key", "CREDENTIALS_FILE",
    ),
    "permission that was taken away": (
        Refusal(403, "accessDenied", "Access Denied: Table p-123456:raw.votes: Permission"
                " bigquery.tables.updateData denied on table p-123456:raw.votes"),
        "access denied", "grant bigquery.tables.updateData on Table p-123456:raw.votes",
    ),
    "location": (
        Refusal(404, "notFound", "Not found: Dataset p-123456:raw was not found in location US"),
        "not found in location europe-west2", "BIGQUERY_LOCATION",
    ),
    "table changed by hand": (
        Refusal(400, "invalidQuery", "Unrecognized name: paper_no at [3:8]"),
        "the table is not as declared", "terraform apply",
    ),
    "billing": (
        Refusal(403, "billingNotEnabled", "Billing has not been enabled for this project. DML"
                " queries are not allowed in the free tier."),
        "billing is off", "link",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STAYING)
def test_what_stays_is_told_at_once_with_its_fix(service, case):
    trouble, what, fix = STAYING[case]
    with pytest.raises(UserError) as told:
        run(service, trouble)
    assert what in told.value.what and fix in told.value.fix
    # Of a refused key the client tells how it tried to log in anew.
    assert case == "key" or trouble.message[:40] in told.value.why
    assert service.asked == [ID] and service.jobs == {}
