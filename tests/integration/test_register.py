"""A register from an API on this machine: fetched once, kept without anything personal."""

import json
import os
import shutil
import subprocess
import sys

import httpx
import polars as pl
import pytest
import stamina
from polars.testing import assert_frame_equal
from support.register_server import HANG, FakeApi, person, personal_texts, serving

from election.errors import UserError
from election.settings import GeneratorSettings
from embedded import demo
from embedded import night as nights
from generators import fault_rates, register
from generators.plan import assemble
from generators.register_api import ATTEMPTS, RegisterApi
from generators.register_people import NO_AGE, SEEN_BEFORE, UNDER_AGE
from generators.register_spool import MANIFEST, PEOPLE, Spool, alone, read_register
from generators.request_rate import RequestRate
from generators.start import contest_of

SIZE = 1_500  # people a page where the number does not matter


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


@pytest.fixture
def api():
    with serving(FakeApi()) as running:
        yield running


@pytest.fixture
def place(tmp_path):
    return tmp_path / "register"


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(register, "PEOPLE_A_PAGE", SIZE)


def options_of(url, **changed):
    return GeneratorSettings.model_validate(
        {"REGISTER": url, "REGISTER_SECRET": "-", "REGISTER_REQUESTS_A_SECOND": 100, **changed}
    )


def fetch(api, place, **changed):
    said = []
    return register.fetch_register(options_of(api.url, **changed), place, said.append), said


def everything_on_disk(folder):
    """Return names and bytes of all files, and of tables every value too."""
    parts = []
    for file in folder.rglob("*"):
        if file.is_file():
            parts += [str(file).encode(), file.read_bytes()]
        if file.suffix == ".parquet":
            parts.append(pl.read_parquet(file).write_csv().encode())
    return b"\0".join(parts)


def contents(folder):
    return {file.name for file in folder.iterdir()}


def test_five_pages_of_5000_are_asked_for_once_and_spooled(api, place):
    options, said = fetch(api, place)
    assert api.pages_asked == [1, 2, 3, 4, 5]
    assert {(q["results"], q["seed"], q["inc"]) for q in api.asked} == {
        ("5000", "tallyhouse-1", "gender,dob,login")
    }
    people = read_register(options.spool_path)
    assert people.height == 25_000
    assert people["sex"].to_list()[4_999:5_002] == [
        person("tallyhouse-1", page, row)["gender"] for page, row in ((1, 4_999), (2, 0), (2, 1))
    ]
    assert said[-1] == "register: 25,000 people received, 25,000 kept"
    assert contents(options.spool_path) == {MANIFEST, PEOPLE}


@pytest.mark.usefixtures("small")
def test_a_complete_register_is_not_asked_for_again(api, place):
    first, _ = fetch(api, place)
    again, said = fetch(api, place)
    assert again == first
    assert len(api.asked) == 5
    assert said == ["register: 7,500 people received, 7,500 kept"]


@pytest.mark.usefixtures("small")
def test_nothing_personal_is_on_disk_at_any_time(api, place):
    some = [person("tallyhouse-1", page, row) for page in range(1, 6) for row in range(0, SIZE, 25)]
    texts = [b"@example.com", b"pictures.example", *(t.encode() for t in personal_texts(some))]
    api.failures[4].append(404)
    with pytest.raises(UserError):
        fetch(api, place)
    half_way = everything_on_disk(place)
    assert b"page-0003.parquet" in half_way
    fetch(api, place)
    complete = everything_on_disk(place)
    for content in (half_way, complete):
        assert not [text for text in texts if text in content]


def test_of_a_complete_register_age_and_sex_are_left_and_no_hash(api, place, small):
    options, _ = fetch(api, place)
    manifest = json.loads((options.spool_path / MANIFEST).read_text())
    assert manifest["key"] == ""
    assert {page["digest"] for page in manifest["pages"].values()} == {""}
    assert pl.read_parquet(options.spool_path / PEOPLE).columns == ["age_band", "sex"]
    assert {f.stat().st_mode & 0o777 for f in options.spool_path.iterdir()} == {0o600}


@pytest.mark.usefixtures("small")
def test_trouble_that_passes_costs_tries_and_nobody(api, place):
    api.failures[1].extend([429, (429, "1")])
    api.failures[2].extend([503, 500])
    options, _ = fetch(api, place)
    assert api.pages_asked == [1, 1, 1, 2, 2, 2, 3, 4, 5]
    assert read_register(options.spool_path).height == 5 * SIZE


def test_a_page_that_hangs_is_asked_for_again(api, place):
    api.failures[1].append(HANG)
    quickly = RegisterApi(
        api.url, seed="s", page_size=20, rate=RequestRate(100), timeout=httpx.Timeout(10, read=0.5)
    )
    with quickly:
        assert len(quickly.people(1)) == 20
    assert len(api.asked) > 1


@pytest.mark.usefixtures("small")
def test_trouble_that_stays_ends_with_an_error_and_the_fetch_goes_on_with_what_it_lacks(api, place):
    api.failures[3].extend([503] * ATTEMPTS)
    with pytest.raises(UserError, match="does not answer") as refused:
        fetch(api, place)
    assert "page 3" in refused.value.why and "503" in refused.value.why
    api.asked.clear()
    options, said = fetch(api, place)
    assert api.pages_asked == [3, 4, 5]
    assert said[0] == "register: page 1 of 5 is here already"
    with serving(FakeApi()) as other:
        whole, _ = fetch(other, place)
    assert read_register(options.spool_path).equals(read_register(whole.spool_path))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("left", [b"", b"PAR1 and no more"])
def test_a_page_that_a_kill_left_damaged_is_fetched_again(api, place, left):
    api.failures[4].append(404)
    with pytest.raises(UserError):
        fetch(api, place)
    (folder,) = (entry for entry in place.iterdir() if entry.is_dir())
    (folder / "page-0002.parquet").write_bytes(left)
    (folder / "page-0004.parquet.new").write_bytes(b"half a page")
    api.asked.clear()
    options, _ = fetch(api, place)
    assert api.pages_asked == [2, 4, 5]
    assert read_register(options.spool_path).height == 5 * SIZE


@pytest.mark.usefixtures("small")
def test_pages_that_a_kill_left_beside_a_complete_register_are_removed(api, place):
    options, _ = fetch(api, place)
    (options.spool_path / "page-0005.parquet").write_bytes(b"hashes of people")
    fetch(api, place)
    assert contents(options.spool_path) == {MANIFEST, PEOPLE}
    assert len(api.asked) == 5


@pytest.mark.usefixtures("small")
def test_a_damaged_manifest_or_register_is_fetched_anew(api, place):
    options, _ = fetch(api, place)
    for file in (MANIFEST, PEOPLE):
        api.asked.clear()
        (options.spool_path / file).write_bytes(b"{")
        fetch(api, place)
        assert api.pages_asked == [1, 2, 3, 4, 5]
        assert read_register(options.spool_path).height == 5 * SIZE


@pytest.mark.usefixtures("small")
def test_an_api_that_ignores_the_page_is_refused(api, place):
    api.people = lambda seed, page, count: [person(seed, 1, row) for row in range(count)]
    with pytest.raises(UserError, match="gives the same people again") as refused:
        fetch(api, place)
    assert "page 2" in refused.value.why
    assert api.pages_asked == [1, 2]


@pytest.mark.usefixtures("small")
def test_an_api_that_gives_the_same_people_in_another_order_is_refused_too(api, place):
    api.people = lambda seed, page, count: [
        person(seed, 1 if row % 3 else page, (row + 3 * page) % count) for row in range(count)
    ]
    with pytest.raises(UserError, match="gives the same people again"):
        fetch(api, place)


@pytest.mark.usefixtures("small")
def test_an_api_that_ignores_the_page_and_tells_nobody_apart_is_refused_too(api, place):
    alike = [{"gender": "male", "dob": {"age": 18 + row % 70}} for row in range(SIZE)]
    api.people = lambda seed, page, count: alike
    with pytest.raises(UserError, match="gives the same people again"):
        fetch(api, place)


@pytest.mark.usefixtures("small")
def test_a_few_people_twice_and_people_who_are_no_electors_are_counted(api, place):
    def people(seed, page, count):
        everybody = [person(seed, page, row) for row in range(count)]
        everybody[0] = person(seed, 1, 1)
        everybody[2]["dob"]["age"] = 17
        everybody[3] = {"name": "no more than that"}
        return everybody

    api.people = people
    options, said = fetch(api, place)
    assert read_register(options.spool_path).height == 5 * SIZE - 5 * 3
    assert said[-1] == (
        f"register: 7,500 people received, 7,485 kept; dropped: 5 {NO_AGE}, 5 {SEEN_BEFORE},"
        f" 5 {UNDER_AGE}"
    )


@pytest.mark.usefixtures("small")
def test_an_api_of_other_people_is_refused_on_its_first_page(api, place):
    api.people = lambda seed, page, count: [{"id": row} for row in range(count)]
    with pytest.raises(UserError, match="nobody who can be an elector") as refused:
        fetch(api, place)
    assert f"1,500 {NO_AGE}" in refused.value.why
    assert api.pages_asked == [1]


@pytest.mark.usefixtures("small")
def test_an_api_with_too_few_people_is_refused_and_asked_anew_next_time(api, place):
    api.people = lambda seed, page, count: [person(seed, page, row) for row in range(100)]
    with pytest.raises(UserError, match="500 people: too few"):
        fetch(api, place)
    api.people = None
    options, _ = fetch(api, place)
    assert read_register(options.spool_path).height == 5 * SIZE


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"results": 5}'])
def test_a_page_that_is_no_page_is_refused_at_once(api, place, body):
    api.failures[1].append(body)
    with pytest.raises(UserError, match="gave no people"):
        fetch(api, place)
    assert api.pages_asked == [1]


@pytest.mark.usefixtures("small")
def test_a_folder_that_cannot_be_written_is_named(api, place):
    place.write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot be written to"):
        fetch(api, place)


def test_two_processes_do_not_fetch_one_register(tmp_path):
    with alone(tmp_path / "one"), pytest.raises(UserError, match="another process"):
        alone(tmp_path / "one").__enter__()
    with alone(tmp_path / "one"):
        pass


@pytest.mark.parametrize(
    "changed",
    [{"ELECTION": "../shared/data/ge2017"}, {"CORRECTIONS": "../shared/data/ge2017"},
     {"HEXJSON": "map.hexjson"}, {"REGISTER": "ftp://127.0.0.1/people"}],
    ids=str,
)  # fmt: skip
def test_settings_that_do_not_go_with_a_register_are_refused_before_anything_is_asked(
    api, place, changed
):
    with pytest.raises(UserError):
        fetch(api, place, **changed)
    assert api.asked == []
    assert not place.exists()


def test_a_plan_needs_a_whole_and_sound_register(api, place, small):
    options, _ = fetch(api, place)
    with pytest.raises(UserError, match="no complete register"):
        contest_of(options.model_copy(update={"spool_path": place}))
    (options.spool_path / PEOPLE).write_bytes(b"PAR1")
    with pytest.raises(UserError, match="damaged"):
        contest_of(options)


def test_a_register_that_is_not_complete_is_no_register(tmp_path):
    spool = Spool(tmp_path, "http://api.example/")
    spool.add(1, register.keep([person("s", 1, 1)], spool.key))
    with pytest.raises(UserError, match="no complete register"):
        read_register(tmp_path)


def test_the_plan_is_the_same_from_the_spool_without_the_api_and_has_a_voter_a_person(place, small):
    with serving(FakeApi()) as api:
        options, _ = fetch(api, place)
    shutil.move(options.spool_path, place / "moved")
    moved = options.model_copy(update={"spool_path": place / "moved"})
    rates = fault_rates.parse("")
    first = assemble(contest_of(moved), seed=moved.seed, rates=rates)
    again = assemble(contest_of(moved), seed=moved.seed, rates=rates)
    assert first.expected_counts()["voters"]["accepted"] == 5 * SIZE
    for topic, frame in first.messages.items():
        assert_frame_equal(frame, again.messages[topic])


def test_a_night_keeps_the_register_and_continues_with_it(place, small, tmp_path, monkeypatch):
    with serving(FakeApi()) as api:
        secret = api.url.replace("http://", "http://me:hunter2@") + "?key=hunter2"
        fetched = register.fetch_register(options_of(secret), place, print)
    night = nights.create(
        Rows(), fetched.model_copy(update={"scale": 1_940}), election_id="parl.2030-05-02",
        title="t", is_synthetic=True, polling_date=contest_of(fetched).polling_date,
        nights=tmp_path / "nights", now=demo.datetime.now(demo.UTC), spool=fetched.spool_path,
    )  # fmt: skip
    assert not fetched.spool_path.exists()
    assert "hunter2" not in json.dumps(night.settings)
    assert night.settings["SCALE"] == "1940"
    monkeypatch.setenv("REGISTER", "http://127.0.0.1:1/another")
    resumed = nights.options_of(night)
    assert contest_of(resumed).seats["electorate"].sum() == 5 * SIZE
    generator = GeneratorSettings.model_validate(night.environment())
    assert (generator.spool_path, generator.register_url) == (night.spool, api.url)


def test_a_night_without_a_register_has_none_whatever_the_shell_says(tmp_path, monkeypatch):
    night = nights.create(
        Rows(), options_of(None), election_id="parl.2030-05-02", title="t", is_synthetic=True,
        polling_date=demo.datetime(2030, 5, 2).date(), nights=tmp_path,
        now=demo.datetime.now(demo.UTC),
    )  # fmt: skip
    monkeypatch.setenv("REGISTER", "http://127.0.0.1:1/api")
    assert not nights.options_of(night).register_url


class Rows:
    """Stands in for a connection of which nothing is read."""

    def execute(self, *_):
        return self

    def transaction(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def test_the_command_fetches_and_refuses_in_words(api, tmp_path):
    def run(url):
        environment = {
            **os.environ, "REGISTER": url, "SPOOL_PATH": str(tmp_path), "NO_PROXY": "127.0.0.1",
            "REGISTER_REQUESTS_A_SECOND": "100",
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "generators.register"],
            env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    done = run(api.url)
    assert done.returncode == 0, done.stderr
    folder = done.stdout.splitlines()[-1].removeprefix("spooled: SPOOL_PATH=")
    assert json.loads((tmp_path / folder / MANIFEST).read_text())["people"] == 25_000
    refused = run("ftp://127.0.0.1/api")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: REGISTER=ftp://127.0.0.1/api cannot be used")
    assert "Traceback" not in refused.stderr
