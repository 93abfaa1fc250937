"""A key: refused where it is none or where git has it, warned of where others can get at it."""

import json
import subprocess

import pytest

from cloud.key_file import key_findings

KEY = {"type": "service_account", "client_email": "a@p.iam", "private_key": "-", "token_uri": "t"}


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "elsewhere" / "key.json"
    file.parent.mkdir()
    file.write_text(json.dumps(KEY))
    file.chmod(0o600)
    return file


def root(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    return folder


def test_a_key_elsewhere_that_only_its_owner_reads_is_well(key, tmp_path):
    assert key_findings(str(key), root(tmp_path)) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        ("{", "it is not JSON"),
        ("[]", "its type is not said"),
        ('{"type": "authorized_user"}', "its type is authorized_user"),
        (json.dumps({**KEY, "private_key": ""}), "it has no private_key"),
    ],
)
def test_what_is_no_key_is_refused_with_what_it_is(key, tmp_path, content, why):
    if content is None:
        key.unlink()
    else:
        key.write_text(content)
    [found] = key_findings(str(key), root(tmp_path))
    assert found.stops and why in found.what and "application-default login" in found.fix


def test_a_key_that_others_can_read_is_warned_of(key, tmp_path):
    key.chmod(0o640)
    [found] = key_findings(str(key), root(tmp_path))
    assert not found.stops and found.fix == f"chmod 600 {key}"


def test_a_key_inside_of_the_folder_is_warned_of_and_a_tracked_one_refused(key, tmp_path):
    project = root(tmp_path)
    inside = project / "key.json"
    inside.write_text(key.read_text())
    inside.chmod(0o600)

    def git(*words):
        subprocess.run(["git", "-C", str(project), *words], check=True, capture_output=True)

    git("init", "--quiet")
    [found] = key_findings(str(inside), project)
    assert not found.stops and "inside of this folder" in found.what
    git("add", "key.json")
    [found] = key_findings(str(inside), project)
    assert found.stops and "git rm --cached key.json" in found.fix
