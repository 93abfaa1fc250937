"""docker-compose.yml as Docker Compose itself loads it, by its own library."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from support.compose import FILE, ROOT, compose

PROFILES = ("infra", "streaming", "batch", "dashboard", "night")
CHECK = Path(__file__).with_name("compose_check")
BUILD_SECONDS = 500


@pytest.fixture(scope="session")
def loader():
    """The program that loads, built once from what is pinned in go.sum."""
    sources = sorted(CHECK.glob("*"))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()[:12]
    program = ROOT / ".runtime" / "compose-check" / digest
    if program.exists():
        return program
    if shutil.which("go") is None:
        pytest.skip("Docker Compose's own loader is in Go, and there is no go here")
    program.parent.mkdir(parents=True, exist_ok=True)
    fresh = program.with_suffix(f".{os.getpid()}")
    done = subprocess.run(
        ["go", "build", "-trimpath", "-o", str(fresh), "."], cwd=CHECK, check=False,
        capture_output=True, text=True, timeout=BUILD_SECONDS,
        env={**os.environ, "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"},
    )  # fmt: skip
    if done.returncode and "dial tcp" in done.stderr:
        pytest.skip("the modules of Docker Compose's loader cannot be fetched: no network")
    assert done.returncode == 0, done.stderr[-2000:]
    fresh.replace(program)
    return program


@pytest.fixture
def load(loader):
    def load(file=FILE, *profiles, **given):
        variables = {"PATH": os.environ["PATH"], **given}
        return subprocess.run(
            [loader, str(file), *profiles], capture_output=True, text=True, check=False,
            env=variables,
        )  # fmt: skip

    return load


def loaded(done):
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_is_whole(load, profile):
    project = loaded(load(FILE, profile))
    wanted = {n for n, s in compose()["services"].items() if profile in s["profiles"]}
    assert (project["name"], set(project["services"])) == ("tallyhouse", wanted)


def test_all_profiles_together_are_every_service(load):
    project = loaded(load(FILE, *PROFILES))
    assert set(project["services"]) == set(compose()["services"])
    assert set(project["volumes"]) == set(compose()["volumes"])


def test_what_compose_understands_is_what_is_meant(load):
    project = loaded(load(FILE, *PROFILES, SCALE="7", DASHBOARD_PORT="18501"))
    services = project["services"]
    ports = {(p["host_ip"], p["published"]) for s in services.values() for p in s.get("ports", ())}
    assert ports == {("127.0.0.1", "8080"), ("127.0.0.1", "18501")}
    assert all(int(s["deploy"]["resources"]["limits"]["memory"]) > 0 for s in services.values())
    assert services["night-setup"]["environment"]["SCALE"] == "7"
    assert "$(cat /run/secrets/kafka_admin_password)" in services["redpanda"]["command"][0]
    assert services["spark-worker"]["deploy"]["replicas"] == 2
    mounts = {m["target"]: m.get("read_only", False) for m in services["generator"]["volumes"]}
    assert mounts == {"/nights": True, "/tonight": True, "/elections": True}


def broken(change):
    project = compose()
    change(project)
    return project


PLANTS = {
    "a key that Compose does not know": lambda p: p["services"]["dbt"].update(memory="1g"),
    "a dependency that is not there": lambda p: p["services"]["dbt"]["depends_on"].update(
        kafka={"condition": "service_healthy"}),
    "a condition that is not there": lambda p: p["services"]["dbt"]["depends_on"].update(
        postgres={"condition": "service_well"}),
    "a volume that is not declared": lambda p: p["volumes"].pop("lake"),
    "a network that is not declared": lambda p: p["networks"].pop("edge"),
    "a secret that is not declared": lambda p: p["secrets"].pop("kafka_spark_password"),
    "a circle": lambda p: p["services"]["postgres"].update(
        depends_on={"dbt": {"condition": "service_healthy"}}),
    "a port that is none": lambda p: p["services"]["dashboard"].update(ports=["127.0.0.1:x:y"]),
    "a time that is none": lambda p: p["services"]["dbt"]["healthcheck"].update(interval="soon"),
    "a profile without what it needs": lambda p: p["services"]["night-setup"].update(
        profiles=["infra"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLANTS)
def test_compose_refuses(load, tmp_path, fault):
    file = tmp_path / "docker-compose.yml"
    file.write_text(yaml.safe_dump(broken(PLANTS[fault])))
    assert load(file, *PROFILES[1:]).returncode == 1
