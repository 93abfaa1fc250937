"""Rights: what a deployment takes, what is missing, and what a person is told of it."""

import json

import httpx
import pytest

from cloud import __main__ as cloud
from cloud.held_permissions import held
from cloud.rights import BILLING_ACCOUNT, PROJECT, missing, needed, permissions, read_rights
from election.errors import UserError

RIGHTS = read_rights(
    json.dumps(
        {
            "default": [
                {"role": "roles/a", "on": "project", "permissions": ["a.x", "a.y"], "resources": []}
            ],
            "guard": [
                {"role": "roles/b", "on": "project", "permissions": ["a.y"], "resources": []},
                {"role": "roles/c", "on": "billing account", "permissions": ["c.z"],
                 "resources": []},
            ],
        }
    )
)  # fmt: skip


def google(*, has=(), status=200, body=None):
    """Return a client behind which Google answers for somebody who has some permissions."""

    def answer(request):
        asked = json.loads(request.content)["permissions"]
        found = {"permissions": [p for p in asked if p in has]} if has else {}
        return httpx.Response(status, json=found if body is None else body)

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_a_switch_adds_its_rights_to_the_defaults():
    assert [right.role for right in needed(RIGHTS, ())] == ["roles/a"]
    assert [right.role for right in needed(RIGHTS, {"guard"})] == ["roles/a", "roles/b", "roles/c"]


def test_each_permission_is_asked_for_once_and_where_it_is_granted():
    assert permissions(RIGHTS, PROJECT) == ["a.x", "a.y"]
    assert permissions(RIGHTS, BILLING_ACCOUNT) == ["c.z"]


def test_what_is_missing_is_named_with_the_role_that_has_it():
    assert missing(RIGHTS, {PROJECT: {"a.x"}, BILLING_ACCOUNT: {"c.z"}}) == [
        "every deployment needs a.y on the project: grant roles/a",
        "with_guard needs a.y on the project: grant roles/b",
    ]


def test_nothing_is_missing_where_all_is_held():
    assert missing(RIGHTS, {PROJECT: {"a.x", "a.y"}, BILLING_ACCOUNT: {"c.z"}}) == []


def test_google_names_what_is_held_and_says_nothing_of_the_rest():
    assert held(google(has=("a.x",)), PROJECT, "p", ["a.x", "a.y"]) == {"a.x"}
    assert held(google(), PROJECT, "p", ["a.x"]) == set()


@pytest.mark.parametrize(
    ("client", "why"),
    [
        (google(status=401, body={"error": {"message": "token ended"}}), "401: token ended"),
        (google(status=502, body="<html>"), "502: Bad Gateway"),
        (
            httpx.Client(
                transport=httpx.MockTransport(
                    lambda request: (_ for _ in ()).throw(httpx.ConnectError("no route"))
                )
            ),
            "cannot be reached: no route",
        ),
    ],
    ids=["token", "gateway", "network"],
)
def test_a_google_that_does_not_say_is_an_error_for_a_person(client, why):
    with pytest.raises(UserError) as error:
        held(client, PROJECT, "p", ["a.x"])
    assert why in error.value.why


@pytest.mark.parametrize(
    ("on", "account", "what"),
    [
        ({"everything"}, None, "there is no switch everything"),
        ({"guard"}, None, "rights on the billing account cannot be asked for"),
        (set(), None, "GOOGLE_OAUTH_ACCESS_TOKEN"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(monkeypatch, on, account, what):
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN", raising=False)
    with pytest.raises(UserError) as error:
        cloud.rights("p", on, account)
    assert what in str(error.value)
