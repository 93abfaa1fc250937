"""What runs on Google Cloud: commands, ports, paths and libraries that its image has."""

import re

from support.compose import services
from support.dockerfiles import Dockerfile
from support.imports import ROOT

from cloud import dataproc, hcl, submitting
from cloud.deployment import MODULES

COMPUTE = MODULES / "modules" / "compute"
BY_NAME = {(kind, name): body for kind, name, body in hcl.resources(COMPUTE)}
[TEMPLATE] = BY_NAME["google_cloud_run_v2_service", "dashboard"]["template"]
[CONTAINER] = TEMPLATE["containers"]
DASHBOARD = Dockerfile.read("dashboard/Dockerfile")
DATAPROC = Dockerfile.read("spark/dataproc.Dockerfile")


def locked(file):
    return set(
        re.findall(r"^([\w-]+)==", (ROOT / f"requirements/{file.lock}.txt").read_text(), re.M)
    )


def test_cloud_run_starts_the_dashboard_as_compose_does_where_its_image_has_it():
    command = [*CONTAINER["command"], *CONTAINER["args"]]
    assert command == services()["dashboard"]["command"]
    [page] = [word for word in command if word.endswith(".py")]
    assert (ROOT / page).is_file()
    copied = {rest.split()[0]: rest.split()[1] for rest in DASHBOARD.all("COPY")}
    assert copied[page.split("/")[0]] == page.split("/")[0] and DASHBOARD.all("WORKDIR") == ["/app"]


def test_cloud_run_asks_the_port_that_the_dashboard_listens_on():
    [port] = CONTAINER["ports"]
    assert f"--server.port={port['container_port']}" in CONTAINER["args"]


def test_the_dashboards_image_can_read_what_it_is_told_to():
    told = {one["name"]: one["value"] for one in CONTAINER["env"]}
    assert told["STORAGE_PREFERENCE"] == "GCP"
    assert "google-cloud-bigquery" in locked(DASHBOARD)


def test_every_image_that_is_named_has_a_file_or_is_the_brokers():
    texts = "".join(path.read_text() for path in COMPUTE.glob("*.tf"))
    named = {*re.findall(r"registry_uri}/([a-z]+):", texts), submitting.IMAGE}
    assert named == {"broker", "dashboard", "dataproc"}
    readme = (MODULES / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in named)


def test_dataproc_gets_an_image_as_it_wants_it():
    """It brings Spark itself, calls ps and tini, and runs as this user."""
    runs = " ".join(DATAPROC.all("RUN"))
    assert "pip uninstall --yes pyspark py4j" in runs and "--require-hashes --no-deps -r" in runs
    assert {"procps", "tini"} <= set(runs.split())
    assert "--gid 1099 --create-home" in runs and DATAPROC.all("USER") == ["1099:1099"]
    assert "PYSPARK_PYTHON=/opt/venv/bin/python" in " ".join(DATAPROC.all("ENV"))
    assert DATAPROC.lock == "spark" and {"deltalake", "polars"} <= locked(DATAPROC)


def test_a_batch_begins_with_code_that_is_uploaded_beside_it():
    assert dataproc.MAIN.startswith("from spark.__main__ import app")
    assert (ROOT / "spark" / "__main__.py").is_file()
