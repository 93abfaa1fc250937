"""A night by the commands and environments of docker-compose.yml, as processes of this machine.

Broker with SCRAM and rights, roles, topics, a standalone Spark with a worker, every stage and the
verdict: all that the containers do, but for the containers.
"""

import json
import os
import sys
from pathlib import Path

import pytest
from support.compose import Processes
from support.scram_broker import ADMIN_PASSWORD, scram_broker
from support.waiting import wait_until

from bench.folders import open_folder
from containers import night_file, secrets
from embedded.jars import spark_jars
from embedded.java import find_java
from embedded.paths import ProjectPaths
from embedded.ports import HOST, PortBook
from embedded.postgres import PostgresServer
from embedded.supervisor import Supervisor

SERVERS = ("spark-master", "spark-worker")
HEALTHY_WITHIN_S = 240
NIGHT_WITHIN_S = 900
VOLUMES = ("nights", "tonight", "lake", "ingestion", "spark-work")

pytestmark = [pytest.mark.night, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def folder():
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def postgres(folder):
    supervisor = Supervisor(ProjectPaths.of_project(folder / "postgres"), say=lambda line: None)
    supervisor.open()
    try:
        port = PortBook(folder / "postgres.json").choose("postgres", None)
        server = PostgresServer(folder / "pg", folder / "passwords.json", port=port)
        server.install()
        supervisor.add(server.service())
        supervisor.wait_ready("postgres")
        yield server
    finally:
        supervisor.close()


@pytest.fixture(scope="module")
def broker(folder):
    place = folder / "broker"
    place.mkdir()
    with scram_broker(place) as started:
        yield started


@pytest.fixture(scope="module")
def processes(folder, broker, postgres):
    places = folder / "volumes"
    for name in VOLUMES:
        (places / name).mkdir(parents=True)
    kept = folder / "secrets"
    secrets.make(kept)
    for name, value in (("kafka_admin_password", ADMIN_PASSWORD),
                        ("postgres_admin_password", postgres.passwords.admin)):  # fmt: skip
        (kept / name).chmod(0o600)
        (kept / name).write_text(value)
    paths, ports = ProjectPaths.of_project(), PortBook(folder / "spark.json")
    java = find_java(paths)
    master, page = ports.choose("master", None), ports.choose("page", None)
    pyspark = Path(sys.prefix, "lib", f"python3.{sys.version_info[1]}", "site-packages/pyspark")
    machine = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "HOME": str(folder),
        "JAVA_HOME": str(java.home),
        "SPARK_HOME": str(pyspark),
        "SPARK_CONF_DIR": str(Path(__file__).parents[2] / "spark" / "conf"),
        "SPARK_LOCAL_DIRS": str(places / "spark-work"),
        "SPARK_JARS": ",".join(map(str, spark_jars(paths, java))),
        "PYSPARK_PYTHON": sys.executable,
    }
    found = Processes(
        folder,
        {
            "redpanda:9092": broker.bootstrap_servers,
            "postgres": HOST,
            "5432": str(postgres.port),
            "/run/secrets/postgres": f"{kept}/postgres",
            "/run/secrets": str(kept),
            "spark://spark-master:7077": f"spark://{HOST}:{master}",
            "7077": str(master),
            "8080": str(page),
            "spark-master": HOST,
            "spark-processor": HOST,
            **{f"/{name}": str(places / name) for name in VOLUMES},
        },
        {"SCALE": "1000", "SPEED": "max", "DBT_CADENCE_S": "15"},
        machine,
    )
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def night(processes, folder):
    assert processes.run("night-setup", 120) == 0, processes.said("night-setup")
    again = processes.run("night-setup", 120)  # at every start of any part
    assert again == 0, processes.said("night-setup")
    for service in SERVERS:
        processes.start(service)
        become_healthy(processes, service)
    for service in ("ingestion", "spark-processor", "dbt"):
        processes.start(service)
    for service in ("ingestion", "spark-processor"):
        become_healthy(processes, service)
    processes.start("generator")
    become_healthy(processes, "dbt")
    become_healthy(processes, "generator")
    processes.start("verdict")
    code = processes.wait("verdict", NIGHT_WITHIN_S)
    return code, folder / "volumes"


def become_healthy(processes, service):
    wait_until(
        lambda: processes.is_healthy(service), seconds=HEALTHY_WITHIN_S, every=1.0,
        what=f"{service} is healthy: {processes.said(service)}",
    )  # fmt: skip


def test_the_night_is_counted_twice_and_reconciles(night, processes):
    code, volumes = night
    assert code == 0, processes.said("verdict") + processes.said("dbt")
    assert "reconciliation PASS" in processes.said("verdict")
    summary = json.loads((volumes / "nights" / "current" / "summary.json").read_text())
    assert (summary["status"], summary["failures"]) == ("complete", [])
    counts = summary["topics"]["votes"]
    classes = ("accepted", "late", "duplicate", "rejected")
    assert counts["produced"] == sum(counts[name] for name in classes) > 0


def test_what_has_nothing_more_to_do_has_ended_well(night, processes):
    assert [processes.wait(service, 120) for service in ("generator", "dbt")] == [0, 0]


def test_a_second_setup_keeps_the_night(night, processes):
    assert processes.log("night-setup").read_text().count("stays, with its own settings") == 1


def test_the_workers_counted_with_code_that_was_sent_to_them(night, processes):
    assert list((night[1] / "spark-work").glob("app-*/*/tallyhouse.zip"))


def test_no_secret_is_in_the_nights_file_or_in_any_log(night, processes, folder):
    _, volumes = night
    hidden = [file.read_text() for file in (folder / "secrets").iterdir()]
    hidden.append((volumes / "nights" / "current" / "register.secret").read_text())
    shown = [(volumes / "tonight" / night_file.NAME).read_text()]
    shown += [log.read_text(errors="replace") for log in folder.glob("*.log")]
    assert [secret for secret in hidden if any(secret in text for text in shown)] == []
