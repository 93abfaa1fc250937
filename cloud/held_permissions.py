"""Asks Google which permissions the bearer of a token has (I/O)."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from cloud.google_api import message_of
from cloud.rights import BILLING_ACCOUNT, PROJECT
from election.errors import UserError

PLACES = {
    PROJECT: "https://cloudresourcemanager.googleapis.com/v1/projects/{}:testIamPermissions",
    BILLING_ACCOUNT: "https://cloudbilling.googleapis.com/v1/billingAccounts/{}:testIamPermissions",
}
MOST_AT_ONCE = 100  # Google refuses a question with more


def held(client: httpx.Client, place: str, name: str, asked: Iterable[str]) -> set[str]:
    """Return which of the asked permissions the client's bearer has.

    Args:
        client: Sends the token with every request.
        place: `project` or `billing account`.
        name: Its id.
        asked: Permissions, 100 at most.

    Raises:
        UserError: Google does not answer, or refuses to.
    """
    unknown = f"the rights on {place} {name} are not known"
    try:
        answer = client.post(PLACES[place].format(name), json={"permissions": list(asked)})
    except httpx.TransportError as error:
        raise UserError(
            unknown,
            why=f"Google cannot be reached: {error}",
            fix="check the network, and run the same command again",
        ) from error
    if answer.status_code != httpx.codes.OK:
        raise UserError(
            unknown,
            why=f"Google answers {answer.status_code}: {message_of(answer)}",
            fix="check the id, and get a new token: it ends within the hour",
        )
    return set(answer.json().get("permissions", ()))
