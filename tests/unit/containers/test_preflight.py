from dataclasses import replace

import pytest

from containers import compose
from containers.preflight import CORES, FREE_BYTES, GIB, Daemon, Probes, examine, refuse
from election.errors import UserError

PORTS = {"DASHBOARD_PORT": "8501", "CONSOLE_PORT": "8080"}
WELL = Probes(
    client=lambda: True,
    daemon=lambda: Daemon("28.2.2", 16 * GIB, 4),
    compose=lambda: "2.39.1",
    needed_bytes=lambda: 8 * GIB,
    free_bytes=lambda: 40 * GIB,
    is_free=lambda port: True,
    published_by_us=frozenset,
)
# What is wrong, and a word of what was found and of what to do.
WRONG = {
    "no client": ({"client": lambda: False}, "no docker on the PATH", "install Docker"),
    "no daemon": ({"daemon": lambda: "Cannot connect"}, "Cannot connect", "start Docker"),
    "no plugin": ({"compose": lambda: None}, "no Compose plugin", "install"),
    "an old plugin": ({"compose": lambda: "v2.20.3"}, "v2.20.3", "2.24 or newer"),
    "little memory": ({"needed_bytes": lambda: 17 * GIB}, "17.0 GiB", "more memory"),
    "one core": ({"daemon": lambda: Daemon("1", 16 * GIB, CORES - 1)}, "1 for Docker", "cores"),
    "a full disk": ({"free_bytes": lambda: FREE_BYTES - 1}, "GiB free", "docker system df"),
    "a busy port": ({"is_free": lambda port: port != 8080}, "busy", "CONSOLE_PORT="),
}


def test_a_machine_that_is_well_is_not_refused():
    findings = examine(WELL, PORTS)
    assert [finding.check for finding in findings if not finding.is_well] == []
    refuse(findings)


@pytest.mark.parametrize("wrong", WRONG)
def test_each_refusal_says_what_was_found_and_what_to_do(wrong):
    probes, found, fix = WRONG[wrong]
    with pytest.raises(UserError, match="cannot be started") as refusal:
        refuse(examine(replace(WELL, **probes), PORTS))
    assert found in refusal.value.why
    assert fix in refusal.value.fix


def test_a_port_that_our_own_container_has_is_no_hindrance():
    ours = replace(
        WELL, is_free=lambda port: False, published_by_us=lambda: frozenset({8501, 8080})
    )
    refuse(examine(ours, PORTS))


@pytest.mark.parametrize("port", ["80", "eighty", "70000", ""])
def test_what_is_no_port_is_refused_by_its_variable(port):
    with pytest.raises(UserError) as refusal:
        refuse(examine(WELL, {"DASHBOARD_PORT": port}))
    assert "DASHBOARD_PORT" in refusal.value.fix


def test_without_a_daemon_nothing_else_is_asked():
    silent = replace(WELL, daemon=lambda: "no answer", needed_bytes=lambda: 1 // 0)
    assert [finding.check for finding in examine(silent, PORTS)] == ["daemon"]


def test_memory_is_what_the_services_of_the_file_reserve():
    reserved = {"resources": {"reservations": {"memory": "100"}}}
    services = {"a": {"deploy": reserved}, "b": {"deploy": {"replicas": 2, **reserved}}, "c": {}}
    assert compose.reserved_bytes({"services": services}) == 300
