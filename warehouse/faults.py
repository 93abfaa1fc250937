"""What an error of BigQuery means: whether it may pass, and what a person does about it (pure)."""

from __future__ import annotations

import re
from enum import Enum

from election.errors import UserError, first_line
from election.settings import BigQuerySettings

_PASSING_REASONS = frozenset(
    {
        "backendError", "internalError", "badGateway", "jobBackendError", "jobInternalError",
        "rateLimitExceeded", "jobRateLimitExceeded", "tableUnavailable", "timeout",
    }
)  # fmt: skip
_PASSING_CODES = frozenset({408, 429, 500, 502, 503, 504})
_CONCURRENT = re.compile(r"concurrent (update|transaction)|could not serialize", re.I)
_SCHEMA = re.compile(
    r"schema does not match|no such (field|column)|unrecognized name|has no column|not found inside"
    r"|has changed (type|mode)|partitioning specification|clustering specification|type mismatch",
    re.I,
)
_PERMISSION = re.compile(r"\bbigquery\.[a-z]+(?:\.[a-zA-Z]+)+\b")
_LOCATION = re.compile(r"not found in location|location .* does not match", re.I)
_OBJECT = re.compile(r"(?:Table|Dataset|View|Project) [\w:.\-]+")


class Verdict(Enum):
    """What to do about an error."""

    PASSES = "try again"
    QUOTA = "a day's quota is used up"
    STAYS = "a person must do something"


def verdict(error: BaseException) -> Verdict:
    """Say whether another try may go better.

    Args:
        error: of the client library, of `requests`, or of the job itself.
    """
    reason, code, text = reason_of(error), getattr(error, "code", None), str(error)
    if reason == "quotaExceeded":
        return Verdict.QUOTA
    if reason in _PASSING_REASONS or _CONCURRENT.search(text):
        return Verdict.PASSES
    if reason is None and _is_network(error):
        return Verdict.PASSES
    if code in _PASSING_CODES and reason not in ("bytesBilledLimitExceeded", "notImplemented"):
        return Verdict.PASSES
    return Verdict.STAYS


def reason_of(error: BaseException) -> str | None:
    """Return BigQuery's word for an error, such as `quotaExceeded`."""
    for one in getattr(error, "errors", None) or ():
        if isinstance(one, dict) and one.get("reason"):
            return str(one["reason"])
    found = re.search(r"reason: (\w+)", str(error))
    return found[1] if found else None


def explain(error: BaseException, doing: str, settings: BigQuerySettings) -> UserError:
    """Return an error as what happened, why, and what to do.

    Args:
        error: what the last try ended with.
        doing: what was tried, such as `raw.votes could not be loaded`.
        settings: where.
    """
    text = first_line(error)
    reason, code = reason_of(error), getattr(error, "code", None)
    if isinstance(error, UserError):
        return error
    if verdict(error) is Verdict.PASSES:
        return UserError(
            f"{doing}: BigQuery did not do it within {settings.give_up_after_s:.0f} s",
            why=text,
            fix="start the stage again: nothing was done twice; BIGQUERY_GIVE_UP_AFTER_S is how"
            " long it tries",
        )
    if type(error).__name__ in ("RefreshError", "DefaultCredentialsError") or code == 401:
        return UserError(
            f"{doing}: BigQuery does not accept the key",
            why=text,
            fix="set CREDENTIALS_FILE to a valid key of a service account of"
            f" project {settings.project}",
        )
    if reason == "quotaExceeded":
        return UserError(
            f"{doing}: a quota of BigQuery is used up",
            why=text,
            fix="write less often (BIGQUERY_WRITE_EVERY_S, BIGQUERY_LOAD_EVERY_S) and go on after"
            " midnight, Pacific time; or ask for more on the project's quota page",
        )
    if reason == "billingNotEnabled":
        return UserError(
            f"{doing}: billing is off in project {settings.project}",
            why=text,
            fix="link a billing account to the project: the free sandbox takes no merges",
        )
    if reason == "bytesBilledLimitExceeded" or "limit for bytes billed" in text:
        return UserError(
            f"{doing}: the query would read more than is allowed",
            why=text,
            fix="see why it reads so much (a missing partition filter); or raise"
            f" BIGQUERY_MAXIMUM_BYTES_BILLED, now {settings.maximum_bytes_billed}",
        )
    if _LOCATION.search(text):
        return UserError(
            f"{doing}: not found in location {settings.location}",
            why=text,
            fix="set BIGQUERY_LOCATION to where the datasets are (`bq show` says it), they"
            " cannot be moved; or run `terraform apply` if they are not there at all",
        )
    if code == 403:
        permission = _PERMISSION.search(text)
        named = permission[0] if permission else "a permission that the message does not name"
        on = _OBJECT.search(text)
        return UserError(
            f"{doing}: access denied",
            why=text,
            fix=f"grant {named} on {on[0] if on else f'project {settings.project}'} to this key's"
            " account: `terraform apply` restores what it should have",
        )
    if code == 404:
        return UserError(
            f"{doing}: it is not there",
            why=text,
            fix="run `terraform apply`, or correct GCP_PROJECT_ID or BIGQUERY_DATASET_PREFIX",
        )
    if _SCHEMA.search(text):
        return UserError(
            f"{doing}: the table is not as declared",
            why=text,
            fix="`terraform plan` names what was changed by hand, `terraform apply` puts it back",
        )
    return UserError(
        f"{doing}: BigQuery refused it",
        why=text,
        fix="see the why; the job's page in the console has all of it",
    )


def _is_network(error: BaseException) -> bool:
    """Say whether nobody answered: requests' errors are OSErrors, and so is Python's own."""
    return isinstance(error, OSError | TimeoutError) or type(error).__name__ in (
        "TransportError", "RetryError", "ConcurrentFuturesTimeoutError",
    )  # fmt: skip
