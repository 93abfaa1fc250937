"""`make … MODE=compose` with a docker that writes down what it was asked, and does nothing."""

import re

import pytest
from support.compose import ROOT, services
from support.compose import compose as compose_file
from typer.testing import CliRunner

import containers.__main__ as command
from containers import compose, controller, machine
from election.errors import UserError

FAKE = """#!/bin/sh
echo "$@" >> {log}
case "$*" in
  info*json*) echo '{{"ServerVersion": "28.2.2", "MemTotal": {memory}, "NCPU": 4}}' ;;
  info*) echo {folder} ;;
  "compose version"*) echo 2.39.1 ;;
  *"config --format json") echo '{{"services": {{}}}}' ;;
esac
exit {code}
"""


class Docker:
    def __init__(self, folder):
        self.folder, self.log = folder, folder / "asked"
        self.answers()

    def answers(self, *, code=0, memory=64 * 2**30):
        program = self.folder / "docker"
        program.write_text(FAKE.format(log=self.log, memory=memory, folder=self.folder, code=code))
        program.chmod(0o755)

    @property
    def asked(self):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if " --file " in line and "config" not in line]

    def did(self):
        """What was done on the project: profiles and words."""
        done = [line for line in self.asked if " ps --format" not in line]
        return [re.sub(r".* --file \S+ ", "", line) for line in done]


@pytest.fixture
def docker(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for name in ("ELECTION", "NIGHT", "DASHBOARD_PORT", "CONSOLE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "is_free", lambda port: True)  # what others use is not asked
    monkeypatch.setattr(machine, "_free_bytes", lambda: 2**40)
    monkeypatch.setattr(command, "FOLDER", tmp_path / "compose")
    monkeypatch.setattr(command, "MARK", tmp_path / "compose" / "up")
    monkeypatch.setattr(command, "ELECTION_FOLDER", tmp_path / "compose" / "election-folder")
    return Docker(tmp_path)


def run(*words):
    return CliRunner().invoke(command.app, list(words))


def test_everything_is_started_in_two_steps_and_the_pages_are_named(docker):
    done = run("start")
    assert done.exit_code == 0, done.output
    first, second = docker.did()
    assert " up --detach --wait " in first and " up --detach --no-deps " in second
    assert "dashboard: http://127.0.0.1:8501" in done.output
    assert (docker.folder / "compose" / "secrets" / "kafka_spark_password").exists()
    assert command.MARK.exists()


@pytest.mark.parametrize("part", compose.PARTS)
def test_a_part_starts_its_own_profile(docker, part):
    assert run("start", part).exit_code == 0
    assert all(line.startswith(f"--profile {part} ") for line in docker.did())
    assert (f"run --rm {compose.LAKE}" in docker.did()[-1]) is (part == "batch")


def test_another_night_begins_when_the_stages_of_the_last_have_stopped(docker, monkeypatch):
    monkeypatch.setenv("NIGHT", "new")
    assert run("start").exit_code == 0
    assert docker.did()[0].endswith(f" stop {' '.join(compose.STAGES)}")


def test_plain_up_starts_the_night_after_one_command(docker, tmp_path, monkeypatch):
    env = tmp_path / ".env"
    monkeypatch.setattr(command, "ENV_FILE", env)
    env.write_text("SCALE=1000")
    for _ in range(2):  # once is enough, and twice is no harm
        assert run("files").exit_code == 0
    assert env.read_text() == "SCALE=1000\nCOMPOSE_PROFILES=night\n"
    made = {file.name for file in (docker.folder / "compose" / "secrets").iterdir()}
    assert made == set(compose_file()["secrets"])
    chosen = {name for name, service in services().items() if "night" in service["profiles"]}
    assert chosen == set(services()) - {compose.LAKE}
    assert docker.did() == []


def test_what_a_person_chose_for_compose_stays(tmp_path):
    env = tmp_path / ".env"
    env.write_text("COMPOSE_PROFILES=infra\n")
    assert "stays" in compose.choose_profile(env)
    assert env.read_text() == "COMPOSE_PROFILES=infra\n"


def test_another_warehouse_than_the_containers_have_is_refused(docker, monkeypatch):
    monkeypatch.setenv("STORAGE_PREFERENCE", "GCP")
    for words in (("start",), ("files",)):
        done = run(*words)
        assert done.exit_code == 1 and "STORAGE_PREFERENCE=GCP" in str(done.exception)
    with pytest.raises(UserError, match="cannot be used in containers"):
        controller.prepare(print)
    assert docker.did() == [] and not command.FOLDER.exists()
    given = services()[compose.SETUP]["environment"]["STORAGE_PREFERENCE"]
    assert given == "${STORAGE_PREFERENCE:-POSTGRES}"


def test_every_command_is_on_this_project_alone(docker, monkeypatch):
    monkeypatch.setenv("YES", "1")
    for word in ("start", "stop", "restart", "ps", "logs", "status", "images", "clean"):
        assert run(word).exit_code == 0
    named = f"compose --project-name tallyhouse --file {compose.FILE} "
    assert docker.asked and all(line.startswith(named) for line in docker.asked)
    assert "prune" not in docker.log.read_text()


def test_what_cannot_be_started_is_refused_before_anything_is_made(docker):
    docker.answers(code=1)
    done = run("start")
    assert done.exit_code == 1 and "the containers cannot be started" in str(done.exception)
    assert docker.did() == [] and not command.MARK.exists()


def test_stopping_is_remembered_and_nothing_is_deleted(docker):
    run("start")
    run("stop")
    assert not command.MARK.exists()
    assert docker.did()[-1].endswith(" stop")


def test_cleaning_asks_first(docker):
    done = CliRunner().invoke(command.app, ["clean"], input="n\n")
    assert "kept" in done.output and docker.did() == []


def test_cleaning_takes_the_passwords_with_the_volumes(docker, monkeypatch):
    run("start")
    monkeypatch.setenv("YES", "1")
    assert run("clean").exit_code == 0
    assert docker.did()[-1].endswith(" down --volumes") and not command.FOLDER.exists()


def test_a_replay_keeps_its_folder_when_it_is_not_named_again(docker, tmp_path, monkeypatch):
    monkeypatch.setenv("ELECTION", f"{tmp_path}/ge2017")
    assert command._environment()["ELECTION"] == "/elections/ge2017"
    monkeypatch.delenv("ELECTION")
    assert command._environment()["ELECTION_FOLDER"] == str(tmp_path)


def test_every_service_is_in_one_part_or_is_started_by_name():
    parts = [service for part in compose.PARTS.values() for service in (*part.stays, *part.ends)]
    assert sorted([*parts, compose.SETUP, compose.LAKE]) == sorted(services())
    assert set(compose.STAGES) <= set(parts)
    for name, part in compose.PARTS.items():
        assert all(name in services()[service]["profiles"] for service in (*part.stays, *part.ends))


def test_what_is_waited_for_can_become_healthy():
    waited = {service for part in compose.PARTS.values() for service in part.stays}
    assert [service for service in waited if "healthcheck" not in services()[service]] == []


def test_the_document_names_what_is_there():
    text = (ROOT / "docs" / "containers.md").read_text()
    tests = re.findall(r"`(tests/[\w/]+\.py)`", text)
    assert tests and [name for name in tests if not (ROOT / name).is_file()] == []
    targets = set(re.findall(r"\bmake ([a-z-]+)", text))
    assert targets <= set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    table = re.findall(r"^\| (\w+) \| `make start-\w+` \| (.*) \|$", text, re.MULTILINE)
    named = {part: set(re.findall(r"`([a-z-]+)`", row)) for part, row in table}
    assert named.keys() == compose.PARTS.keys()
    for part, one in compose.PARTS.items():
        assert {*one.stays, *one.ends} <= named[part]
    assert set().union(*named.values()) == set(services())


def test_only_the_ports_of_the_part_must_be_free(docker, monkeypatch):
    monkeypatch.setattr(machine, "is_free", lambda port: port != 8501)
    assert run("start", "infra").exit_code == 0
    done = run("start", "dashboard")
    assert done.exit_code == 1 and "port 8501: busy" in str(done.exception)
