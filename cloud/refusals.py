"""What Google's refusal of a question means, and what a person does about it (pure)."""

from __future__ import annotations

import httpx

from election.errors import UserError

CONSOLE = "https://console.cloud.google.com"


class RefusedError(UserError):
    """Google answered, and not with what was asked for."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        message = message_of(answer)
        self.service_off = _service_off(answer, message)
        super().__init__(
            f"{answer.request.url.host} does not do what it is asked",
            why=f"Google answers {self.status}: {message}",
            fix=_fix(self, message),
        )


def enabling(service: str, project: str) -> str:
    """Return how a service is switched on."""
    return (
        f"gcloud services enable {service} --project {project}, or"
        f" {CONSOLE}/apis/library/{service}?project={project}"
    )


def message_of(answer: httpx.Response) -> str:
    """Return what an answer says went wrong."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def _service_off(answer: httpx.Response, message: str) -> str | None:
    """Return the service that is off in the project, if that is why it was refused."""
    if answer.status_code != httpx.codes.FORBIDDEN or _of_a_person(message):
        return None
    try:
        details = answer.json()["error"].get("details", ())
    except (ValueError, KeyError, TypeError):
        return None
    for detail in details:
        if detail.get("reason") == "SERVICE_DISABLED":
            return str(detail.get("metadata", {}).get("service") or answer.request.url.host)
    return None


def _of_a_person(message: str) -> bool:
    """Say whether a person's login was refused for having no project of its own."""
    return "quota project" in message or "end user credentials" in message


def _fix(refused: RefusedError, message: str) -> str:
    if refused.service_off:
        return f"enable it at {CONSOLE}/apis/library/{refused.service_off}, and wait a minute"
    if refused.status == httpx.codes.UNAUTHORIZED:
        return "log in again, or get a new token: it ends within the hour"
    if _of_a_person(message):
        return (
            "gcloud auth application-default set-quota-project <project>, or with a token of your"
            " own GOOGLE_CLOUD_QUOTA_PROJECT=<project>"
        )
    if "serviceusage.services.use" in message:
        return (
            "grant roles/serviceusage.serviceUsageConsumer: a person's questions count against the"
            " project's quota"
        )
    if refused.status == httpx.codes.NOT_FOUND:
        return "check the id"
    if refused.status == httpx.codes.FORBIDDEN:
        return "grant what it names, wait a minute, and run the same command again"
    return "run the same command again: it goes on where it was"
