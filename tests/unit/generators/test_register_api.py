"""What is asked of the API, what is tried again, and what is refused at once."""

from collections import deque
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
import stamina
from support.register_server import person

from election.errors import UserError
from generators import register_api
from generators.register_api import ATTEMPTS, BusyError, RegisterApi, pause_after, retry_after_s
from generators.request_rate import RequestRate

URL = "https://me:hunter2@api.example/people?key=hunter2"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_pauses():
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


class Rate(RequestRate):
    def __init__(self):
        self.waits = 0

    def wait(self):
        self.waits += 1


class Answers:
    """Answers requests in turn; an exception is raised, the last answer is repeated."""

    def __init__(self, *answers):
        self.left = deque(answers)
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.left.popleft() if len(self.left) > 1 else self.left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def api_of(answers, rate=None, said=None):
    return RegisterApi(
        URL, seed="tallyhouse-1", page_size=3, rate=rate or Rate(),
        transport=httpx.MockTransport(answers), now=lambda: NOW,
        say=[].append if said is None else said.append,
    )  # fmt: skip


def page_of(count=3):
    people = [person("s", 1, row) for row in range(count)]
    return httpx.Response(200, content=orjson.dumps({"results": people, "info": {}}))


def test_a_page_is_asked_for_by_number_seed_size_and_only_the_fields_that_are_needed():
    answers = Answers(page_of())
    with api_of(answers) as api:
        assert len(api.people(4)) == 3
    assert dict(answers.asked[0].url.params) == {
        "key": "hunter2", "page": "4", "results": "3", "seed": "tallyhouse-1", "nat": "gb",
        "inc": "gender,dob,login",
    }  # fmt: skip


@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(429), httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(500),
     httpx.Response(503), httpx.ReadTimeout("slow"), httpx.ConnectError("refused"),
     httpx.RemoteProtocolError("cut short")],
    ids=repr,
)  # fmt: skip
def test_what_passes_is_tried_again_and_every_try_waits_its_turn(trouble):
    answers, rate = Answers(trouble, trouble, page_of()), Rate()
    with api_of(answers, rate) as api:
        assert len(api.people(1)) == 3
    assert len(answers.asked) == rate.waits == 3


def test_each_try_that_failed_is_said_in_words_without_the_address(capsys):
    said = []
    trouble = httpx.Response(503), httpx.ReadTimeout(f"slow: {URL}")
    with api_of(Answers(*trouble, page_of()), said=said) as api:
        api.people(2)
    assert said == [
        "register: page 2: it answers HTTP 503; try 2 of 5 in 0 s",
        "register: page 2: ReadTimeout; try 3 of 5 in 0 s",
    ]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("trouble", [httpx.Response(503), httpx.ReadTimeout("slow")], ids=repr)
def test_what_does_not_pass_ends_after_the_limit_with_a_clear_error(trouble):
    answers = Answers(trouble)
    with api_of(answers) as api, pytest.raises(UserError, match="does not answer") as refused:
        api.people(2)
    assert len(answers.asked) == ATTEMPTS
    assert "page 2" in refused.value.why
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "why"),
    [(httpx.Response(404), "HTTP 404"), (httpx.Response(401), "HTTP 401"),
     (httpx.Response(302, headers={"Location": "x"}), "HTTP 302"),
     (httpx.Response(204), "HTTP 204"), (httpx.Response(200, text="<html>"), "not JSON"),
     (httpx.Response(200, text="{}"), "no list named results")],
    ids=repr,
)  # fmt: skip
def test_what_trying_again_does_not_mend_is_refused_at_once(answer, why):
    answers = Answers(answer)
    with api_of(answers) as api, pytest.raises(UserError, match="gave no people") as refused:
        api.people(1)
    assert len(answers.asked) == 1
    assert "page 1: " in refused.value.why and why in refused.value.why
    assert "hunter2" not in str(refused.value)


def test_a_reply_of_the_wrong_compression_is_a_clear_error():
    answers = Answers(httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Raw()))
    with api_of(answers) as api, pytest.raises(UserError, match="does not answer"):
        api.people(1)


class Raw(httpx.SyncByteStream):
    def __iter__(self):
        yield b"not gzip"


def test_an_endless_reply_is_cut_off(monkeypatch):
    monkeypatch.setattr(register_api, "PAGE_BYTES_AT_MOST", 1000)
    with api_of(Answers(page_of(100))) as api, pytest.raises(UserError, match="over"):
        api.people(1)


def test_an_endlessly_slow_reply_is_a_timeout(monkeypatch):
    monkeypatch.setattr(register_api, "PAGE_WITHIN_S", -1.0)
    answers = Answers(page_of())
    with api_of(answers) as api, pytest.raises(UserError, match="ReadTimeout"):
        api.people(1)
    assert len(answers.asked) == ATTEMPTS


def test_the_api_says_how_long_to_wait_but_not_for_ever():
    assert pause_after(BusyError(429, 7.0)) == 7.0
    assert pause_after(BusyError(429, None)) is True
    assert pause_after(BusyError(429, 3600.0)) is False
    assert pause_after(httpx.ReadTimeout("slow")) is True
    assert pause_after(ValueError()) is False


def test_a_wait_that_is_too_long_is_not_waited_for_and_is_named():
    answers = Answers(httpx.Response(429, headers={"Retry-After": "3600"}))
    with api_of(answers) as api, pytest.raises(UserError, match="asks to wait 3,600 s"):
        api.people(1)
    assert len(answers.asked) == 1


def test_retry_after_is_a_number_of_seconds_or_a_date():
    assert retry_after_s("120", NOW) == 120.0
    later = NOW + timedelta(seconds=30)
    assert retry_after_s(later.strftime("%a, %d %b %Y %H:%M:%S GMT"), NOW) == 30.0
    assert retry_after_s("Mon, 05 Jan 2026 11:00:00 GMT", NOW) == 0.0
    for nonsense in ("", "soon", "-5", "1.5", "٣", "Mon, 99 Jan 2026 11:00:00 GMT"):
        assert retry_after_s(nonsense, NOW) is None
