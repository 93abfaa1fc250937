"""Google's REST APIs on 127.0.0.1, as far as a setup asks: a project, and what a world holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.http_stand_in import Reply, Request, answering, json_reply


@dataclass
class Project:
    """A project as Google answers for it; a test changes what should not be well."""

    world: Path
    apis_off: set[str] = field(default_factory=set)
    has_billing: bool = True
    lacks: set[str] = field(default_factory=set)
    forbids: set[str] = field(default_factory=set)
    location: str = "europe-west2"
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and answer for a path that begins with the host it was meant for."""
        host, _, rest = path.lstrip("/").partition("/")
        self.asked.append(f"{host}/{rest}")
        if host in self.apis_off:
            return 403, service_off(host)
        if host in self.forbids:
            return 403, {"error": {"message": f"{host} is not for you"}}
        if host.startswith("serviceusage"):
            api = rest.rsplit("/", 1)[-1]
            return 200, {"state": "DISABLED" if api in self.apis_off else "ENABLED"}
        if host.startswith("cloudbilling"):
            return 200, {"billingEnabled": self.has_billing}
        if host.startswith("cloudresourcemanager"):
            return 200, {"permissions": [p for p in body["permissions"] if p not in self.lacks]}
        if host.startswith("iam"):
            return self._account(rest.rsplit("/", 1)[-1].split("@")[0])
        if host.startswith("bigquery"):
            return self._bigquery(rest)
        return self._storage(rest)

    def _bigquery(self, rest: str) -> tuple[int, dict[str, Any]]:
        found = re.fullmatch(r".*/datasets(?:/(\w+))?(?:/tables/(\w+))?", rest)
        assert found, rest
        dataset, table = found.groups()
        if dataset is None:
            names = [file.stem for file in self._files("google_bigquery_dataset")]
            return 200, {"datasets": [self._dataset(name) for name in names]}
        kind, name = "google_bigquery_dataset", dataset
        if table:
            kind, name = "google_bigquery_table", f"{dataset}.{table}"
        if not (self.world / kind / f"{name}.json").exists():
            return 404, {"error": {"message": f"Not found: {name}"}}
        return 200, {"labels": self._labels(kind, name)} if table else self._dataset(name)

    def _storage(self, rest: str) -> tuple[int, dict[str, Any]]:
        kind = "google_storage_bucket"
        there = [file.stem for file in self._files(kind)]
        if rest.endswith("/b"):
            return 200, {"items": [{"name": n, "labels": self._labels(kind, n)} for n in there]}
        name = rest.rsplit("/", 1)[-1]
        if name not in there:
            return 404, {"error": {"message": f"Not found: {name}"}}
        return 200, {"labels": self._labels(kind, name)}

    def _account(self, name: str) -> tuple[int, dict[str, Any]]:
        file = self.world / "google_service_account" / f"{name}.json"
        if not file.exists():
            return 404, {"error": {"message": f"Not found: {name}"}}
        return 200, {"description": json.loads(file.read_text())["values"]["description"]}

    def _dataset(self, name: str) -> dict[str, Any]:
        return {
            "datasetReference": {"datasetId": name}, "location": self.location,
            "labels": self._labels("google_bigquery_dataset", name),
        }  # fmt: skip

    def _labels(self, kind: str, name: str) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.world / kind / f"{name}.json").read_text())[
            "labels"
        ]
        return found

    def _files(self, kind: str) -> list[Path]:
        return sorted((self.world / kind).glob("*.json"))


def service_off(service: str) -> dict[str, Any]:
    """Return what Google says where a service is off in a project."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com", "metadata": {"service": service, "consumer": "projects/1"},
    }  # fmt: skip
    message = f"{service} has not been used in project 1 before or it is disabled."
    return {"error": {"code": 403, "message": message, "details": [detail]}}


@contextmanager
def google_of(world: Path) -> Iterator[Project]:
    """Serve a project until the block ends."""
    project = Project(world)

    def answer(asked: Request) -> Reply:
        body = asked.json() if asked.method == "POST" else {}
        return json_reply(*project.answer(asked.path, body))

    with answering(answer) as project.address:
        yield project
