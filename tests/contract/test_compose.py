"""docker-compose.yml holds to its policies, and each policy sees what breaks it."""

import copy
import re
from types import SimpleNamespace

import pytest
import yaml
from support.compose import ROOT, compose
from support.compose_policies import POLICIES

from embedded.postgres import PostgresServer


@pytest.fixture
def project():
    return copy.deepcopy(compose())


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.__name__)
def test_the_file_holds_to(policy, project):
    assert list(policy(project)) == []


def service(name, **changes):
    """A plant: these keys of a service are others."""
    return lambda project: project["services"][name].update(changes)


def inside(name, key, **changes):
    """A plant: these keys of a part of a service are others."""
    return lambda project: project["services"][name][key].update(changes)


def given(name, secret):
    """A plant: a service has a secret more."""
    return lambda project: project["services"][name]["secrets"].append(secret)


def without(name, key):
    return lambda project: project["services"][name].pop(key)


PLANTS = {
    "a floating tag": ("image_tags", service("redpanda", image="redpandadata/redpanda:latest")),
    "a major version alone": ("image_tags", service("postgres", image="postgres:18")),
    "a digest": ("image_tags", service("postgres", image="postgres:18.6@sha256:" + "0" * 64)),
    "no health check": ("health", without("ingestion", "healthcheck")),
    "a health check without a deadline": (
        "health", service("dbt", healthcheck={"test": ["CMD", "true"]})),
    "a start without health": (
        "order", inside("generator", "depends_on", ingestion={"condition": "service_started"})),
    "a one-shot waited for as if it stayed": (
        "order", inside("dbt", "depends_on", **{"night-setup": {"condition": "service_healthy"}})),
    "a profile without what it needs": ("order", service("postgres", profiles=["infra"])),
    "no profile": ("order", without("console", "profiles")),
    "a sleep": ("no_sleep", service("dbt", command=["sh", "-c", "sleep 20; python -m transform"])),
    "no limit": ("memory", without("dashboard", "deploy")),
    "a port for everybody": ("closed", service("dashboard", ports=["8501:8501"])),
    "a published database": ("closed", service("postgres", ports=["127.0.0.1:5432:5432"])),
    "a stage that reaches outside": ("closed", service("dbt", networks=["backend", "edge"])),
    "an open backend": ("closed", lambda project: project["networks"].update(backend={})),
    "a capability": ("hardened", service("dbt", cap_add=["SYS_ADMIN"])),
    "a writable root": ("hardened", service("spark-worker", read_only=False)),
    "root": ("hardened", service("postgres", user="0:0")),
    "a privileged container": ("hardened", service("generator", privileged=True)),
    "native libraries that cannot be loaded": (
        "java", service("spark-worker", tmpfs=["/tmp:mode=1777,size=256m"])),
    "programs in /tmp where nobody needs them": ("java", service("dbt", tmpfs=["/tmp:exec"])),
    "a writable folder of the machine": ("volumes", service("spark-worker", volumes=["./:/lake"])),
    "the daemon's socket": (
        "volumes", service("dbt", volumes=["/var/run/docker.sock:/var/run/docker.sock:ro"])),
    "a password in the environment": (
        "secrets", inside("dbt", "environment", POSTGRES_TRANSFORM_PASSWORD="hunter2")),
    "a secret that is not mounted": ("secrets", service("dbt", secrets=[])),
    "a secret that is not needed": (
        "secrets", given("dbt", "kafka_spark_password")),
    "a secret that nobody makes": (
        "secrets", lambda project: project["secrets"].update(more={"file": "./more"})),
    "somebody else's login": (
        "identities", inside("ingestion", "environment", KAFKA_USERNAME="spark")),
    "the superuser": (
        "identities", given("dbt", "kafka_admin_password")),
    "a role too many": ("identities", service("dashboard", secrets=["postgres_loader_password"])),
    "a module that is not there": (
        "commands", service("dbt", command=["python", "-m", "transforms"])),
    "a class that is not there": (
        "commands", service("spark-master", command=["org.apache.spark.deploy.Mister"])),
    "a variable that nobody reads": (
        "variables", inside("dbt", "environment", DBT_CADENCE="30")),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLANTS)
def test_a_policy_sees(fault, project):
    name, plant = PLANTS[fault]
    plant(project)
    [policy] = [policy for policy in POLICIES if policy.__name__ == name]
    assert list(policy(project))


def test_every_policy_was_seen_to_fail():
    assert {name for name, _ in PLANTS.values()} == {policy.__name__ for policy in POLICIES}


def test_the_broker_lets_nobody_in_without_a_login(project):
    [script] = project["services"]["redpanda"]["command"]
    listening = dict(re.findall(r"--(\S+-addr) (?:internal://)?(\S+):\d+", script))
    others = {name: at for name, at in listening.items() if "kafka" not in name}
    assert listening["kafka-addr"] == "0.0.0.0"
    # By these doors requests reach the log with rights of the broker's own.
    assert others.keys() >= {"pandaproxy-addr", "schema-registry-addr", "rpc-addr"}
    assert set(others.values()) == {"127.0.0.1"}
    cluster = yaml.safe_load((ROOT / project["configs"]["redpanda-cluster"]["file"]).read_text())
    for name in ("enable_sasl", "kafka_enable_authorization", "admin_api_require_auth"):
        assert cluster[name] is True
    assert (cluster["superusers"], cluster["auto_create_topics_enabled"]) == (["admin"], False)


def test_postgresql_is_set_as_in_the_embedded_machine(project, tmp_path):
    version = project["services"]["postgres"]["image"].partition(":")[2]
    embedded = PostgresServer.settings(SimpleNamespace(folder=tmp_path, port=1, version=version))
    wanted = dict(line.replace("'", "").split(" = ") for line in embedded.splitlines())
    sizes = {"shared_buffers", "max_wal_size"}  # the container's own
    places = {"listen_addresses", "port", "unix_socket_directories"}
    command = project["services"]["postgres"]["command"][1:]
    found = dict(word.removeprefix("-c").split("=") for word in command)
    assert {k: v for k, v in found.items() if k not in sizes} == {
        k: v for k, v in wanted.items() if k not in sizes | places
    }
