"""What stands between this machine and the containers: paths, passwords, the night's file."""

import stat
from pathlib import Path

import pytest

from containers import night_file, secrets
from containers.elections import as_mounted
from containers.health import SILENT_S, is_up
from election.errors import UserError
from election.settings import NightSettings, read_settings


def test_an_invented_election_needs_no_folder():
    assert as_mounted({"SCALE": "100"}) == as_mounted({"ELECTION": "synthetic"}) == {}


def test_a_replay_mounts_the_folder_of_its_files(tmp_path):
    given = {"ELECTION": f"{tmp_path}/ge2017", "CORRECTIONS": f"{tmp_path}/fixed/ge2017"}
    assert as_mounted(given) == {
        "ELECTION_FOLDER": str(tmp_path),
        "ELECTION": "/elections/ge2017",
        "CORRECTIONS": "/elections/fixed/ge2017",
    }


def test_files_in_two_folders_are_refused(tmp_path):
    with pytest.raises(UserError, match="HEXJSON") as refusal:
        as_mounted({"ELECTION": f"{tmp_path}/a/ge2017", "HEXJSON": f"{tmp_path}/b/map.hexjson"})
    assert "one folder" in refusal.value.fix


def test_secrets_are_made_once_and_only_their_owner_enters_the_folder(tmp_path):
    folder = tmp_path / "secrets"
    secrets.make(folder)
    first = {file.name: file.read_text() for file in folder.iterdir()}
    secrets.make(folder)
    assert {file.name: file.read_text() for file in folder.iterdir()} == first
    assert set(first) == set(secrets.NAMES) and len(set(first.values())) == len(first)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o444}
    assert all(":" not in word for word in first.values())  # Redpanda splits name:password there


def test_the_nights_file_is_read_back_without_its_secret(tmp_path, monkeypatch):
    night = {"NIGHT_ID": "n 1", "ELECTION_ID": "e#1", "POLLING_DATE": "2024-07-04",
             "REGISTER_SECRET": "hidden"}  # fmt: skip
    night_file.write(tmp_path, night)
    file = tmp_path / night_file.NAME
    assert "hidden" not in file.read_text()
    for name in night:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NIGHT_FILE", str(file))
    found = read_settings(NightSettings)
    assert (found.night_id, found.election_id) == ("n 1", "e#1")


@pytest.mark.parametrize("value", ["it's", "a$b", "a\nb", "a\\b"])
def test_a_value_that_a_line_cannot_hold_is_refused(tmp_path: Path, value):
    with pytest.raises(UserError, match="ELECTION"):
        night_file.write(tmp_path, {"ELECTION": value})
    assert not (tmp_path / night_file.NAME).exists()


@pytest.mark.parametrize(
    ("state", "silent_s", "up"),
    [
        ("running", 1.0, True),
        ("ready", SILENT_S, True),
        ("running", SILENT_S + 1, False),
        ("starting", 1.0, False),
        ("failed", 1.0, False),
        ("done", 10_000.0, True),
    ],
)
def test_health_is_what_a_stage_said_and_when(state, silent_s, up):
    assert is_up(state, silent_s) is up
