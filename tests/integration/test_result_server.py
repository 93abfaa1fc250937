"""The result files over HTTP, as somebody who polls sees them."""

import json
import threading
from http.client import HTTPConnection

import pytest

from exports.folder import INDEX, ResultFolder, etag_of
from exports.server import server

ABOUT = {"night_id": "n1", "label": "synthetic data"}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "results"
    ResultFolder(path).put({"national.json": b'{"a":1}\n', "seats/A.json": b"{}\n"}, ABOUT)
    (tmp_path / "secret.json").write_text("{}")
    (path / "notes.txt").write_text("mine")
    return path


@pytest.fixture
def ask(folder):
    with server(folder, 0) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()

        def answer(path, method="GET", **headers):
            connection = HTTPConnection("127.0.0.1", serving.server_port, timeout=10)
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            found = reply.status, dict(reply.getheaders()), reply.read()
            connection.close()
            return found

        yield answer
        serving.shutdown()
        thread.join()


def test_a_file_comes_with_the_etag_of_the_index(ask):
    status, headers, body = ask("/national.json")
    assert (status, body) == (200, b'{"a":1}\n')
    index = json.loads(ask("/")[2])
    assert headers["ETag"] == f'"{index["files"]["national.json"]["etag"]}"'
    assert headers["Content-Type"].startswith("application/json")
    assert headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("form", ['"{}"', 'W/"{}"', '"other", "{}"'])
def test_who_has_the_file_gets_no_body(ask, form):
    etag = etag_of(b'{"a":1}\n')
    status, headers, body = ask("/national.json", **{"If-None-Match": form.format(etag)})
    assert (status, body) == (304, b"")
    assert headers["ETag"] == f'"{etag}"'


def test_a_changed_file_comes_with_another_etag(ask, folder):
    old = ask("/national.json")[1]["ETag"]
    ResultFolder(folder).put({"national.json": b'{"a":2}\n'}, ABOUT)
    status, headers, body = ask("/national.json", **{"If-None-Match": old})
    assert (status, body) == (200, b'{"a":2}\n')
    assert headers["ETag"] != old


def test_a_head_has_everything_but_the_body(ask):
    status, headers, body = ask("/seats/A.json", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "3", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/missing.json",
        "/../secret.json",
        "/%2e%2e/secret.json",
        "/notes.txt",
        "/seats",
        "/%00.json",
    ],
)
def test_nothing_else_is_served(ask, path):
    assert ask(path)[0] == 404


def test_only_reading_is_possible(ask, folder):
    assert ask("/national.json", "PUT")[0] == 501
    assert ask("/national.json", "DELETE")[0] == 501
    assert (folder / INDEX).exists()
