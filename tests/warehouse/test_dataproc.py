"""Spark's batch job on Dataproc Serverless: submitted once, with no secret, waited for."""

import pytest
from support.bucket_stand_in import bucket_store
from support.dataproc_stand_in import dataproc_service

from cloud import dataproc, submitting
from election.errors import UserError

library = pytest.importorskip("google.cloud.dataproc_v1", reason="make bigquery")
NIGHT = "parl.2017-06-08.20261126T000000Z"
SUBNETWORK = "projects/p-123456/regions/europe-west2/subnetworks/tallyhouse"
PLACE = dataproc.Place(
    "p-123456", "europe-west2", "lake", "image:1", "spark@p.iam", SUBNETWORK, "tallyhouse-spark"
)
ENVIRONMENT = {
    "NIGHT_ID": NIGHT, "ELECTION_ID": "parl.2017-06-08", "POLLING_DATE": "2017-06-08",
    "LAKE_PATH": "gs://lake/night", "POSTGRES_LOADER_PASSWORD": "hunter2",
    "REGISTER_SECRET": "hunter3",
}  # fmt: skip


def client(service):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.dataproc_v1.services.batch_controller.transports.rest import (
        BatchControllerRestTransport,
    )

    host, scheme = service.address.removeprefix("http://"), "http"
    transport = BatchControllerRestTransport(
        host=host, url_scheme=scheme, credentials=AnonymousCredentials()
    )
    return library.BatchControllerClient(transport=transport)


def submit(service):
    said, pauses = [], []
    batch = dataproc.batch_of(PLACE, "gs://lake/code/abc", ENVIRONMENT)
    name = dataproc.batch_id_of(NIGHT, "abcdef0123")
    dataproc.run(client(service), PLACE, batch, name, said.append, sleep=pauses.append)
    return said, pauses


def test_a_batch_is_submitted_once_and_waited_for():
    with dataproc_service("PENDING", "RUNNING", "RUNNING", "SUCCEEDED") as service:
        said, pauses = submit(service)
        again, _ = submit(service)
    assert [line.split(": ")[-1] for line in said[1:]] == ["pending", "running", "succeeded"]
    assert len(pauses) == 3
    assert "is there already" in again[0]
    [(name, body)] = service.submitted.items()
    assert name.startswith(
        "projects/p-123456/locations/europe-west2/batches/tallyhouse-lake-abcdef01"
    )
    assert body["pysparkBatch"]["args"] == ["lake"]
    properties = body["runtimeConfig"]["properties"]
    assert properties["spark.dataproc.driverEnv.LAKE_PATH"] == "gs://lake/night"
    assert "hunter" not in str(body)
    where = body["environmentConfig"]["executionConfig"]
    assert where["authenticationConfig"] == {"userWorkloadAuthenticationType": 1}  # its account
    assert where["subnetworkUri"] == SUBNETWORK and where["networkTags"] == ["tallyhouse-spark"]


def test_a_batch_that_fails_says_why_and_where():
    with dataproc_service("RUNNING", "FAILED") as service, pytest.raises(UserError) as told:
        submit(service)
    assert "ended failed" in told.value.what and told.value.why == "it failed"
    assert "dataproc/batches/europe-west2" in told.value.fix


def test_a_lake_on_this_machine_is_refused():
    with pytest.raises(UserError, match="cannot reach this night's lake"):
        dataproc.batch_of(PLACE, "gs://lake/code/abc", {**ENVIRONMENT, "LAKE_PATH": "/var/lake"})


def test_the_code_is_uploaded_under_its_content_once():
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    with bucket_store() as store:
        there = storage.Client(
            "p", credentials=AnonymousCredentials(),
            client_options={"api_endpoint": store.address},
        )  # fmt: skip
        first, second = dataproc.upload(there, PLACE), dataproc.upload(there, PLACE)
    assert first == second and first[0].startswith("gs://lake/code/")
    names = sorted(name.rsplit("/", 1)[1] for name in store.objects)
    assert names == ["main.py", "tallyhouse.zip"]
    assert all(generation == 1000 for generation, _ in store.objects.values())


def test_an_id_is_one_that_dataproc_takes():
    import re

    made = dataproc.batch_id_of("synthetic.2026-11-26." + "X" * 80, "f" * 64)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{2,61}[a-z0-9]", made)


def test_where_it_runs_is_what_terraform_made():
    outputs = {"image_repository": "eu-docker/p/images", "lake_bucket": "lake",
               "identities": {"spark": "spark@p.iam"},
               "spark_network": {"subnetwork": SUBNETWORK, "tag": "tallyhouse-spark"}}  # fmt: skip
    place = submitting.place_of("p-123456", "0.1.0", {"region": "europe-west2"}, outputs)
    assert place == dataproc.Place(
        "p-123456",
        "europe-west2",
        "lake",
        "eu-docker/p/images/dataproc:0.1.0",
        "spark@p.iam",
        SUBNETWORK,
        "tallyhouse-spark",
    )
    with pytest.raises(UserError, match="nowhere to run Spark"):
        submitting.place_of("p-123456", "0.1.0", {"region": "r"}, {"image_repository": None})


def test_a_submitted_session_takes_the_master_it_was_given(monkeypatch):
    """Read back without starting Spark: the builder has no master of its own."""
    from election.settings import LakeSettings
    from spark import session

    class Builder:
        def __init__(self):
            self.masters = []

        def appName(self, _):  # noqa: N802 - Spark's name
            return self

        def master(self, address):
            self.masters.append(address)
            return self

        def config(self, *_):
            return self

        def getOrCreate(self):  # noqa: N802 - Spark's name
            return self

        sparkContext = None  # noqa: N815 - Spark's name

    builders = []
    for master in ("given", "spark://host:7077"):
        builders.append(Builder())
        monkeypatch.setattr(session.SparkSession, "builder", builders[-1])
        monkeypatch.setattr(session, "ship", lambda _: None)
        session.open_session(LakeSettings(LAKE_PATH="/lake", SPARK_MASTER=master), "test")
    assert [builder.masters for builder in builders] == [[], ["spark://host:7077"]]
