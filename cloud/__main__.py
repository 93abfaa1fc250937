"""`python -m cloud files | rights PROJECT`: what Terraform reads, and what a deployer may lack."""

from __future__ import annotations

import argparse
import sys

import httpx

from cloud.held_permissions import held
from cloud.rights import (
    BILLING_ACCOUNT,
    PROJECT,
    RIGHTS_FILE,
    missing,
    needed,
    permissions,
    read_rights,
    switches,
)
from cloud.settings import TokenSettings
from election.errors import UserError
from election.settings import read_settings

WITHIN_S = 30


def main() -> int:
    """Run one command and return its exit code: 0 done, 1 rights are missing, 2 user error."""
    parser = argparse.ArgumentParser(prog="python -m cloud", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("files", help="write what is generated below terraform/")
    asking = commands.add_parser("rights", help="name the rights that the token's bearer lacks")
    asking.add_argument("project", help="id of the project")
    asking.add_argument("--with", dest="switches", default="", metavar="identities,compute,guard")
    asking.add_argument("--billing-account", help="id of the account that pays, for guard")
    arguments = parser.parse_args()
    try:
        if arguments.command == "files":
            return files()
        on = {name for name in arguments.switches.split(",") if name}
        return rights(arguments.project, on, arguments.billing_account)
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return 2


def files() -> int:
    """Write every generated file anew; say which were others."""
    from cloud import generated  # it reads Terraform's files, by a tool of development

    for path, state in sorted(generated.write().items()):
        print(f"{path}: was {state}")  # noqa: T201
    return 0


def rights(project: str, on: set[str], billing_account: str | None) -> int:
    """Name the rights that are missing for a deployment with the given switches.

    Raises:
        UserError: a switch is unknown, the guard has no billing account, or Google does not say.
    """
    declared = read_rights(RIGHTS_FILE.read_text())
    known = switches(declared)
    if unknown := on - set(known):
        raise UserError(
            f"there is no switch {', '.join(sorted(unknown))}",
            why=f"the switches are {', '.join(known)}",
            fix="name some of them, with commas between",
        )
    wanted = needed(declared, on)
    names = {PROJECT: project, BILLING_ACCOUNT: billing_account}
    asked = {place: permissions(wanted, place) for place in names if permissions(wanted, place)}
    if BILLING_ACCOUNT in asked and not billing_account:
        raise UserError(
            "rights on the billing account cannot be asked for",
            why="a budget is set on the account that pays, and none is named",
            fix="name it: --billing-account 012345-6789AB-CDEF01",
        )
    token = read_settings(TokenSettings).token.get_secret_value()
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=WITHIN_S) as client:
        has = {place: held(client, place, names[place] or "", asked[place]) for place in asked}
    lacking = missing(wanted, has)
    print("\n".join(lacking) or f"every right on {project} is there")  # noqa: T201
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
