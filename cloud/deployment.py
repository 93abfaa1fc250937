"""One deployment: Terraform's files, variables and state in a folder of its own (I/O)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from election.errors import UserError

MODULES = Path(__file__).resolve().parents[1] / "terraform"
VARIABLES = "deployment.auto.tfvars.json"
STATE = "terraform.tfstate"
# The state is beside the copy of the modules, which every command makes anew.
_BACKEND = f'terraform {{\n  backend "local" {{\n    path = "../{STATE}"\n  }}\n}}\n'
_TAIL = 12


@dataclass(frozen=True)
class Thing:
    """One thing that Terraform made, or is to make."""

    address: str
    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Change(Thing):
    """What Terraform would do to one thing: create, update, delete, replace."""

    action: str

    @property
    def takes_away(self) -> bool:
        """Say whether what is there goes, for good or for another in its place."""
        return self.action in ("delete", "replace")


class Deployment:
    """Runs Terraform in `folder`; `environment` has the login, `say` gets its last lines."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self.folder = folder
        self._modules = folder / "terraform"
        self._environment = {**os.environ, **environment, "TF_IN_AUTOMATION": "1",
                             "CHECKPOINT_DISABLE": "1"}  # fmt: skip
        self._say = say

    @property
    def exists(self) -> bool:
        """Say whether anything was ever made from this folder."""
        return (self.folder / STATE).is_file()

    def variables(self) -> dict[str, Any]:
        """Return the variables that what is there was made with; none where nothing was made."""
        file = self.folder / VARIABLES
        found: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
        return found

    def prepare(self, variables: Mapping[str, Any]) -> None:
        """Copy the modules, with variables for the next plan, and get the provider.

        Raises:
            UserError: there is no Terraform, or it cannot get the provider.
        """
        kept = shutil.ignore_patterns("tests", "backend_override.tf", "*.tfstate*", ".terraform")
        shutil.copytree(MODULES, self._modules, ignore=kept, dirs_exist_ok=True)
        (self._modules / "backend_override.tf").write_text(_BACKEND)
        text = json.dumps(dict(variables), indent=2) + "\n"
        (self._modules / VARIABLES).write_text(text)
        self._run("init", "-input=false", "-reconfigure")

    def plan(self) -> list[Change]:
        """Return what applying would change; it is kept for `apply`."""
        self._run("plan", "-input=false", f"-out={self._plan}")
        return list(_changes(json.loads(self._run("show", "-json", str(self._plan)))))

    def adopt(self, address: str, identity: str) -> None:
        """Take what a broken-off run made and did not write down into the state."""
        self._keep()
        self._run("import", "-input=false", address, identity)

    def apply(self) -> None:
        """Do what was planned."""
        self._keep()
        self._run("apply", "-input=false", str(self._plan))

    def destroy(self) -> None:
        """Destroy everything in the state."""
        self._run("destroy", "-input=false", "-auto-approve")

    def addresses(self) -> list[str]:
        """Return what the state has, without what was only read."""
        if not self.exists:
            return []
        lines = self._run("state", "list").splitlines()
        return [line for line in lines if line and ".data." not in f".{line}"]

    def things(self) -> list[Thing]:
        """Return what the state has, with its values; without what was only read."""
        if not self.exists:
            return []
        shown = json.loads(self._run("show", "-json"))
        return list(_things(shown.get("values", {}).get("root_module", {})))

    def outputs(self) -> dict[str, Any]:
        """Return the modules' outputs by name."""
        found = json.loads(self._run("output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def _keep(self) -> None:
        """Keep the variables: what is destroyed later is what was made with them."""
        shutil.copyfile(self._modules / VARIABLES, self.folder / VARIABLES)

    @property
    def _plan(self) -> Path:
        return self.folder / "plan"

    def _run(self, *arguments: str) -> str:
        """Run a command; Ctrl-C reaches it too, and it writes its state down before it ends."""
        try:
            process = subprocess.Popen(
                ["terraform", arguments[0], "-no-color", *arguments[1:]]
                if arguments[0] != "state"
                else ["terraform", *arguments],
                cwd=self._modules, env=self._environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        except FileNotFoundError:
            raise UserError(
                "the cloud's part cannot be made",
                why="there is no terraform on the PATH",
                fix="install Terraform 1.9 or newer (developer.hashicorp.com/terraform/install)",
            ) from None
        said, errors = _until_its_end(process)
        if process.returncode:
            lines = [line.strip(" │╷╵") for line in errors.splitlines()]
            told = [line for line in lines if line][:_TAIL]
            raise UserError(
                f"terraform {arguments[0]} failed",
                why=" ".join(told) or f"it ended with exit code {process.returncode}",
                fix="mend what it names and run the same command again: it goes on where it was",
            )
        return said


def _until_its_end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait; an interruption is raised when Terraform, which got it too, has ended."""
    try:
        return process.communicate()
    except KeyboardInterrupt:
        process.communicate()
        raise


def _changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    for found in plan.get("resource_changes", ()):
        actions = found["change"]["actions"]
        if found["mode"] == "managed" and actions != ["no-op"]:
            action = actions[0] if len(actions) == 1 else "replace"
            values = found["change"]["after"] or {}
            yield Change(found["address"], found["type"], values, action)


def _things(module: Mapping[str, Any]) -> Iterator[Thing]:
    for found in module.get("resources", ()):
        if found["mode"] == "managed":
            yield Thing(found["address"], found["type"], found["values"])
    for inner in module.get("child_modules", ()):
        yield from _things(inner)


def described(changes: list[Change]) -> list[str]:
    """Return one line a kind and action, with how many (pure)."""
    counted = Counter((change.action, change.kind) for change in changes)
    return [f"{action} {number} {kind}" for (action, kind), number in sorted(counted.items())]
