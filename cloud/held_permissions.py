"""Asks Google which permissions whoever asks has (I/O)."""

from __future__ import annotations

from collections.abc import Iterable

from cloud.google_api import Google
from cloud.rights import BILLING_ACCOUNT, PROJECT

PLACES = {
    PROJECT: "https://cloudresourcemanager.googleapis.com/v1/projects/{}:testIamPermissions",
    BILLING_ACCOUNT: "https://cloudbilling.googleapis.com/v1/billingAccounts/{}:testIamPermissions",
}
MOST_AT_ONCE = 100  # Google refuses a question with more


def held(google: Google, place: str, name: str, asked: Iterable[str]) -> set[str]:
    """Return which of the asked permissions the login has.

    Args:
        google: As the login sees it.
        place: `project` or `billing account`.
        name: Its id.
        asked: Permissions, 100 at most.

    Raises:
        RefusedError: Google does not say.
        UserError: nobody answers.
    """
    answer = google.post(PLACES[place].format(name), {"permissions": list(asked)})
    return set(answer.get("permissions", ()))
