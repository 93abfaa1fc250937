"""PostgreSQL's files: who may run it, stale locks, passwords."""

import os
import stat

import pytest

from election.errors import UserError
from embedded import postgres
from embedded.passwords import Passwords
from embedded.postgres import Identity, PostgresServer, choose_identity, is_open_to_others


@pytest.fixture
def server(tmp_path):
    (tmp_path / "data").mkdir()
    return PostgresServer(tmp_path, tmp_path / "secrets.json", port=5432)


def test_a_closed_folder_above_closes_a_path(tmp_path, monkeypatch):
    inner = tmp_path / "home" / "project" / "var"
    inner.mkdir(parents=True)
    monkeypatch.setattr(postgres.Path, "resolve", lambda self: self.relative_to(tmp_path))
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, tmp_path / "home", tmp_path / "home" / "project"):
        folder.chmod(0o755)
    assert is_open_to_others(inner)
    (tmp_path / "home").chmod(0o700)
    assert not is_open_to_others(inner)


def test_an_ordinary_user_runs_it_directly(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert choose_identity(tmp_path) == Identity()


def test_root_with_an_open_path_runs_it_as_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres, "is_open_to_others", lambda path: True)
    assert choose_identity(tmp_path) == Identity(user=65_534)


def test_root_with_a_closed_path_and_no_namespaces_is_told_why(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres, "is_open_to_others", lambda path: False)
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="refuses root"):
        choose_identity(tmp_path)


def test_a_lock_of_a_foreign_process_is_deleted(server):
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n/somewhere\n")
    server.clear_stale_lock()
    assert not lock.exists()


@pytest.mark.parametrize("content", ["4194999\n", "", "garbage\n"])
def test_a_lock_of_nobody_is_left_to_postgresql(server, content):
    lock = server.data / "postmaster.pid"
    lock.write_text(content)
    server.clear_stale_lock()
    assert lock.exists()


def test_passwords_are_random_private_and_not_shown(tmp_path):
    passwords, others = Passwords.generate(), Passwords.generate()
    passwords.write(tmp_path / "secrets.json")
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert Passwords.read(tmp_path / "secrets.json") == passwords
    assert len({*vars(passwords).values(), *vars(others).values()}) == 8
    assert passwords.admin not in repr(passwords)


def test_lost_passwords_are_a_named_error(tmp_path):
    with pytest.raises(UserError, match=r"secrets\.json"):
        Passwords.read(tmp_path / "secrets.json")


def test_a_data_folder_of_another_version_is_a_named_error(server):
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(UserError, match="PostgreSQL 9"):
        server.install()


def test_a_password_with_odd_characters_fits_into_the_address(server, tmp_path):
    Passwords(admin="a/b:c@d", loader="l", transform="t", reader="r").write(
        tmp_path / "secrets.json"
    )
    assert server.dsn() == "postgresql://app:a%2Fb%3Ac%40d@127.0.0.1:5432/tallyhouse"


@pytest.mark.parametrize(
    ("version", "is_named"), [("15.14", False), ("17.2", False), ("18.6", True)]
)
def test_a_setting_is_named_only_where_the_server_knows_it(server, version, is_named):
    server.version = version
    assert ("io_method = sync\n" in server.settings()) is is_named
