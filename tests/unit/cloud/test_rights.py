"""Rights: what a deployment takes, what is missing, and what a person is told of it."""

import json

import httpx
import pytest
from support.google_stand_in import service_off

from cloud import __main__ as cloud
from cloud.google_api import Google, quota_project_of
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

    return Google.bearing("t", transport=httpx.MockTransport(answer))


def refusing(status, message):
    return google(status=status, body={"error": {"message": message}})


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
    ("client", "why", "fix"),
    [
        (refusing(401, "token ended"), "401: token ended", "get a new token"),
        (google(status=403, body=service_off("cloudbilling.googleapis.com")), "is disabled",
         "enable it at https://console.cloud.google.com/apis/library/cloudbilling.googleapis.com"),
        (refusing(403, "The API requires a quota project, which is not set by default."),
         "quota project", "set-quota-project"),
        (refusing(403, "Grant the caller serviceusage.services.use"), "Grant the caller",
         "grant roles/serviceusage.serviceUsageConsumer"),
        (refusing(403, "not for you"), "not for you", "grant what it names"),
        (refusing(404, "no project"), "no project", "check the id"),
        (google(status=502, body="<html>"), "502: Bad Gateway", "run the same command again"),
        (
            Google.bearing(
                "t",
                transport=httpx.MockTransport(
                    lambda request: (_ for _ in ()).throw(httpx.ConnectError("no route"))
                ),
            ),
            "no route", "check the network",
        ),
    ],
    ids=["token", "off", "person", "quota", "forbidden", "project", "gateway", "network"],
)  # fmt: skip
def test_a_google_that_does_not_say_is_an_error_for_a_person(client, why, fix):
    with pytest.raises(UserError) as error:
        held(client, PROJECT, "p", ["a.x"])
    assert why in error.value.why and fix in error.value.fix


def test_a_persons_questions_use_the_projects_quota_and_a_keys_do_not():
    oauth2 = pytest.importorskip("google.oauth2.credentials", reason="BigQuery's clients")
    person = oauth2.Credentials(token="t")
    assert quota_project_of(person, "p") == "p"
    assert quota_project_of(oauth2.Credentials(token="t", quota_project_id="q"), "p") == "q"
    assert quota_project_of(object(), "p") is None
    sent = []
    for quota in ("p", None):
        client = Google.bearing(
            "t",
            quota,
            httpx.MockTransport(lambda r: sent.append(r) or httpx.Response(200, json={})),
        )
        client.get("https://cloudresourcemanager.googleapis.com/")
    assert [r.headers.get("x-goog-user-project") for r in sent] == ["p", None]


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
