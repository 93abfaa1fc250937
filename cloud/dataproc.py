"""Spark's batch job over a lake in a bucket, on Dataproc Serverless (I/O; `batch_of` is pure)."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import warehouse
from election.errors import UserError
from election.settings import GIVEN

JOB = "lake"
RUNTIME = "3.0"  # of Spark 4
LONGEST_ID = 63
POLL_S = 10.0
# What the batch begins with: the archive beside it is on the path, the libraries are the image's.
MAIN = "from spark.__main__ import app\n\napp()\n"
_OVER = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass(frozen=True)
class Place:
    """Where batches run, as whom, in which network, from which image: what Terraform made."""

    project: str
    region: str
    bucket: str
    image: str
    account: str
    subnetwork: str
    tag: str

    @property
    def parent(self) -> str:
        """What Dataproc calls it."""
        return f"projects/{self.project}/locations/{self.region}"


def batch_id_of(night_id: str, code: str) -> str:
    """Return the one id of this job for a night and a state of the code (pure)."""
    plain = re.sub(r"[^0-9a-z]", "-", night_id.lower())
    return f"tallyhouse-{JOB}-{code[:8]}-{plain}"[:LONGEST_ID].rstrip("-")


def batch_of(place: Place, folder: str, environment: Mapping[str, str]) -> Any:
    """Return the batch (pure).

    Args:
        place: Where it runs.
        folder: Address of the uploaded code.
        environment: What the stage reads; no password is among it, and the lake is on gs://.

    Raises:
        UserError: the lake is in a folder of this machine.
    """
    from google.cloud import dataproc_v1 as dataproc

    lake = environment.get("LAKE_PATH", "")
    if not lake.startswith("gs://"):
        raise UserError(
            "Dataproc cannot reach this night's lake",
            why=f"LAKE_PATH is {lake or 'not set'}, a folder of this machine",
            fix=f"hold the night with LAKE_PATH=gs://{place.bucket}/<folder>, or run make"
            " start-batch here",
        )
    shown = {name: environment[name] for name in ("NIGHT_ID", "ELECTION_ID", "POLLING_DATE")}
    shown |= {"LAKE_PATH": lake, "SPARK_MASTER": GIVEN}
    properties = {
        f"{prefix}.{name}": value
        for prefix in ("spark.dataproc.driverEnv", "spark.executorEnv")
        for name, value in shown.items()
    }
    return dataproc.Batch(
        pyspark_batch=dataproc.PySparkBatch(
            main_python_file_uri=f"{folder}/main.py",
            python_file_uris=[f"{folder}/tallyhouse.zip"],
            args=[JOB],
        ),
        runtime_config=dataproc.RuntimeConfig(
            version=RUNTIME, container_image=place.image, properties=properties
        ),
        environment_config=dataproc.EnvironmentConfig(
            execution_config=dataproc.ExecutionConfig(
                service_account=place.account,
                # Of itself this runtime would work as whoever submits.
                authentication_config=dataproc.AuthenticationConfig(
                    user_workload_authentication_type="SERVICE_ACCOUNT"
                ),
                # Without them it would be the network `default`, which a project need not have.
                subnetwork_uri=place.subnetwork,
                network_tags=[place.tag],
            )
        ),
        labels={"application": "tallyhouse", "stage": "spark"},
    )


def upload(storage: Any, place: Place) -> tuple[str, str]:
    """Put the code where its content says; return its address and the hash that names it.

    What is there already is the same, and stays.
    """
    from google.api_core.exceptions import PreconditionFailed

    from spark.shipping import packed

    with tempfile.TemporaryDirectory() as folder:
        # The driver runs there too: what it may import besides.
        archive = packed(Path(folder), warehouse).read_bytes()
    code = hashlib.sha256(archive).hexdigest()
    for name, content in (("main.py", MAIN.encode()), ("tallyhouse.zip", archive)):
        blob = storage.bucket(place.bucket).blob(f"code/{code[:16]}/{name}")
        try:
            blob.upload_from_string(content, if_generation_match=0)
        except PreconditionFailed:
            continue
    return f"gs://{place.bucket}/code/{code[:16]}", code


def run(
    client: Any, place: Place, batch: Any, batch_id: str, say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:  # fmt: skip
    """Submit a batch once and wait for its end; one that is there already is waited for.

    Raises:
        UserError: it failed or was cancelled.
    """
    from google.api_core.exceptions import Conflict

    try:
        client.create_batch(parent=place.parent, batch=batch, batch_id=batch_id)
        say(f"batch {batch_id} is submitted to {place.region}")
    except Conflict:
        say(f"batch {batch_id} is there already")
    name = f"{place.parent}/batches/{batch_id}"
    before = ""
    while True:
        found = client.get_batch(name=name)
        state = found.state.name
        if state != before:
            say(f"batch {batch_id}: {state.lower()}")
            before = state
        if state in _OVER:
            break
        sleep(POLL_S)
    if state != "SUCCEEDED":
        raise UserError(
            f"the batch {batch_id} ended {state.lower()}",
            why=found.state_message or "Dataproc did not say why",
            fix=f"see https://console.cloud.google.com/dataproc/batches/{place.region}/{batch_id}"
            f"/summary?project={place.project}; delete it there before it is submitted again",
        )
