"""A register's address: HTTP alone, and shown without what may be secret."""

import pytest

from election.errors import UserError
from generators.register_url import check_url, shown_url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/api", "https://randomuser.example/api/1.4/?key=x"]
)
def test_http_and_https_are_allowed(url):
    check_url(url)


@pytest.mark.parametrize(
    "url", ["", "people.json", "file:///etc/passwd", "ftp://host/api", "http://", "http:///api",
            "http://host:port/", "http://host:99999/", "http://[::1/", "//host/api"],
)  # fmt: skip
def test_anything_else_is_refused(url):
    with pytest.raises(UserError, match=r"REGISTER=.* cannot be used"):
        check_url(url)


def test_user_password_and_query_are_not_shown():
    assert shown_url("https://me:hunter2@host:8443/api/?key=hunter2#x") == "https://host:8443/api/"
    with pytest.raises(UserError) as refused:
        check_url("ftp://me:hunter2@host/?key=hunter2")
    assert "hunter2" not in str(refused.value)
