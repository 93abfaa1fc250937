"""Jobs against a BigQuery that fails: tried again within a limit, and never done twice."""

import pytest

from election.errors import UserError
from election.settings import BigQuerySettings
from warehouse.jobs import Jobs, job_id

errors = pytest.importorskip(
    "google.api_core.exceptions", reason="BigQuery's clients: make bigquery"
)
requests = pytest.importorskip("requests")

SETTINGS = BigQuerySettings(GCP_PROJECT_ID="p", BIGQUERY_GIVE_UP_AFTER_S=60)
NAME = "tallyhouse-spark-entry-7"


def refusal(kind, text, reason=None):
    return kind(text, errors=[{"reason": reason}] if reason else [])


class Job:
    def __init__(self, trouble=None):
        self.trouble = trouble
        self.error_result = {"reason": "backendError"} if trouble else None

    def result(self, **_):
        if self.trouble:
            raise self.trouble
        return []


class FakeBigQuery:
    """Does what its script says for each request; what it did is there whatever it answered."""

    def __init__(self, *script):
        self.script = list(script)
        self.asked = []  # every request's job id
        self.jobs = {}

    def query(self, sql, *, job_id, **_):
        self.asked.append(job_id)
        if job_id in self.jobs:
            raise errors.Conflict(f"Already Exists: Job {job_id}")
        step = self.script.pop(0) if self.script else "done"
        if isinstance(step, Exception):
            raise step
        if step == "done, but nobody hears it":
            self.jobs[job_id] = Job()
            raise requests.exceptions.ReadTimeout("read timed out")
        self.jobs[job_id] = step if isinstance(step, Job) else Job()
        return self.jobs[job_id]

    def get_job(self, job_id, **_):
        return self.jobs[job_id]


class Clock:
    def __init__(self):
        self.now = 0.0

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


def run(*script):
    fake, clock = FakeBigQuery(*script), Clock()
    jobs = Jobs(fake, SETTINGS, "spark", sleep=clock.sleep, seconds=lambda: clock.now,
                draws=lambda: 0.5)  # fmt: skip
    try:
        jobs.query("merge", name="entry-7", doing="analytics could not be written")
    except UserError as error:
        return fake, clock, error
    return fake, clock, None


PASSING = [
    refusal(errors.TooManyRequests, "429"),
    refusal(errors.ServiceUnavailable, "503"),
    refusal(errors.Forbidden, "Exceeded rate limits", "rateLimitExceeded"),
    refusal(errors.InternalServerError, "500", "internalError"),
    refusal(errors.BadRequest, "Transaction is aborted due to concurrent update against table x"),
    requests.exceptions.ConnectionError("connection reset"),
]


@pytest.mark.parametrize("trouble", PASSING, ids=lambda e: type(e).__name__)
def test_what_may_pass_is_tried_again_under_the_same_id(trouble):
    fake, _, error = run(trouble, trouble, "done")
    assert error is None
    assert fake.asked == [f"{NAME}-1"] * 3


@pytest.mark.parametrize("trouble", PASSING, ids=lambda e: type(e).__name__)
def test_what_does_not_pass_ends_within_the_limit(trouble):
    fake, clock, error = run(*[trouble] * 1000)
    assert 30 < clock.now <= SETTINGS.give_up_after_s
    assert len(fake.asked) < 15
    assert error.what == "analytics could not be written: BigQuery did not do it within 60 s"
    assert "nothing was done twice" in error.fix


def test_a_time_out_after_success_does_nothing_twice():
    fake, _, error = run("done, but nobody hears it", "done")
    assert error is None
    assert list(fake.jobs) == [f"{NAME}-1"]


def test_only_a_job_that_is_known_to_have_failed_is_made_again():
    trouble = refusal(errors.ServiceUnavailable, "backend error", "backendError")
    fake, _, error = run(Job(trouble), "done")
    assert error is None
    assert list(fake.jobs) == [f"{NAME}-1", f"{NAME}-2"]


REFUSED = {
    "quota": (
        refusal(errors.Forbidden, "Quota exceeded: imports per table", "quotaExceeded"),
        "a quota of BigQuery is used up", "BIGQUERY_WRITE_EVERY_S",
    ),
    "wrong key": (
        errors.Unauthorized("Invalid Credentials"),
        "does not accept the key", "CREDENTIALS_FILE",
    ),
    "permission": (
        refusal(errors.Forbidden, "Access Denied: Table p:raw.votes: Permission "
                "bigquery.tables.updateData denied on table p:raw.votes", "accessDenied"),
        "access denied", "grant bigquery.tables.updateData on Table p:raw.votes",
    ),
    "permission on the project": (
        refusal(errors.Forbidden, "User does not have bigquery.jobs.create permission in project"
                " p.", "accessDenied"),
        "access denied", "grant bigquery.jobs.create on project p",
    ),
    "wrong location": (
        refusal(errors.NotFound, "Dataset p:raw was not found in location EU", "notFound"),
        "not found in location europe-west2", "set BIGQUERY_LOCATION",
    ),
    "no table": (
        refusal(errors.NotFound, "Not found: Table p:raw.votes", "notFound"),
        "it is not there", "terraform apply",
    ),
    "changed by hand": (
        refusal(errors.BadRequest, "Provided Schema does not match Table p:raw.votes. Field"
                " paper_no has changed type from INTEGER to STRING", "invalid"),
        "the table is not as declared", "terraform plan",
    ),
    "a column is gone": (
        refusal(errors.BadRequest, "Unrecognized name: paper_no at [1:8]", "invalidQuery"),
        "the table is not as declared", "terraform apply",
    ),
    "too much to read": (
        refusal(errors.InternalServerError, "Query exceeded limit for bytes billed: 10485760.",
                "bytesBilledLimitExceeded"),
        "more than is allowed", "BIGQUERY_MAXIMUM_BYTES_BILLED",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_stays_is_said_at_once_with_its_fix(case):
    trouble, what, fix = REFUSED[case]
    fake, clock, error = run(trouble)
    assert len(fake.asked) == 1 and clock.now == 0
    assert what in error.what and fix in error.fix and error.why


def test_ids_are_plain_short_and_apart():
    assert job_id("spark", "a/b", 1) != job_id("spark", "a_b", 1)
    long = job_id("spark", "n" * 5000, 1)
    assert len(long) < 1024 and long.replace("-", "").isalnum()
