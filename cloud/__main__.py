"""`python -m cloud files | rights | full-setup | destroy | cost`: the cloud, from this machine."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cloud.google_api import Google
from cloud.held_permissions import held
from cloud.request import Request
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
from cloud.settings import ConsentSettings, DeploymentSettings, LoginSettings, TokenSettings
from election.errors import UserError
from election.settings import BigQuerySettings, read_settings
from embedded.paths import ProjectPaths

SWITCHES = "identities,compute,guard"
INTERRUPTED_EXIT = 130
WIDE = 120


def main() -> int:
    """Run one command and return its exit code: 0 done, 1 not all is well, 2 user error."""
    arguments = _parser().parse_args()
    try:
        return _run(arguments)
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted: run the same command again, it goes on", file=sys.stderr)  # noqa: T201
        return INTERRUPTED_EXIT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloud", description=__doc__)
    parser.add_argument("--var", type=Path, help="folder for data and logs")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("files", help="write what is generated below terraform/")
    for name, text in (
        ("rights", "name the rights that the token's bearer lacks"),
        ("full-setup", "checks, plan and price, tables, a night, its verdict, links"),
        ("destroy", "list and destroy what full-setup made"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("project", help="id of the project")
        if name != "destroy":
            command.add_argument("--with", dest="switches", default="", metavar=SWITCHES)
            command.add_argument("--billing-account", help="id of the account that pays, for guard")
        if name == "full-setup":
            command.add_argument("--image-tag", help="tag of the pushed images, for compute")
    submitting = commands.add_parser("submit", help="Spark's batch job on Dataproc Serverless")
    submitting.add_argument("project", help="id of the project")
    submitting.add_argument("--image-tag", required=True, help="tag of the pushed image")
    commands.add_parser("cost", help="what the newest night's jobs billed, by stage")
    return parser


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command == "files":
        return files()
    if arguments.command == "cost":
        return cost(arguments.var)
    if arguments.command == "destroy":
        return destroy(arguments.project, arguments.var)
    if arguments.command == "submit":
        return submit(arguments.project, arguments.image_tag, arguments.var)
    on = {name for name in arguments.switches.split(",") if name}
    if arguments.command == "rights":
        return rights(arguments.project, on, arguments.billing_account)
    return full_setup(
        arguments.project, on, arguments.billing_account, arguments.image_tag, arguments.var
    )


def full_setup(
    project: str, on: set[str], billing_account: str | None, image_tag: str | None,
    base: Path | None,
) -> int:  # fmt: skip
    """Set BigQuery up and hold a night on it.

    Raises:
        UserError: a switch is unknown, a check stops it, or a step failed.
    """
    from cloud import full_setup as setup  # the generators and the model of costs: not for files

    check_switches(on, billing_account)
    request = Request(
        project, read_settings(LoginSettings), read_settings(ConsentSettings),
        read_settings(DeploymentSettings), frozenset(on), billing_account, base, image_tag,
    )  # fmt: skip
    return setup.full_setup(request, say)


def destroy(project: str, base: Path | None) -> int:
    """Destroy what was set up from this folder."""
    from cloud import destroy as work

    folder = ProjectPaths.of_project(base).var / "cloud" / project
    login, consent = read_settings(LoginSettings), read_settings(ConsentSettings)
    return work.destroy(folder, project, login, consent, say)


def submit(project: str, image_tag: str, base: Path | None) -> int:
    """Run Spark's batch job over the newest night's lake where Terraform made compute.

    Raises:
        UserError: compute is off, the lake is on this machine, or the batch failed.
    """
    from cloud import submitting

    paths = ProjectPaths.of_project(base)
    submitting.submit(project, image_tag, read_settings(LoginSettings), paths, base, say)
    return 0


def cost(base: Path | None) -> int:
    """Print what the newest night's jobs billed and used, by stage."""
    from rich.console import Console

    from cloud import job_costs, night

    settings = read_settings(BigQuerySettings)
    if read_settings(ConsentSettings).is_dry and not settings.emulator_host:
        say(f"would list the jobs of {settings.project} since its newest night here began")
        say("DRY_RUN=1: nothing was asked")
        return 0
    newest = night.newest(ProjectPaths.of_project(base), base, say)
    span = job_costs.span_of(newest, settings)
    found = job_costs.used_by_stage(job_costs.read_jobs(settings, span, say))
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    console.print(job_costs.table(found, span))
    return 0


def say(line: str) -> None:
    """Print a line, at once: what follows may take minutes."""
    print(line, flush=True)  # noqa: T201


def check_switches(on: set[str], billing_account: str | None) -> None:
    """Refuse switches that there are not, and a guard without an account.

    Raises:
        UserError: naming them.
    """
    declared = read_rights(RIGHTS_FILE.read_text())
    known = switches(declared)
    if unknown := on - set(known):
        raise UserError(
            f"there is no switch {', '.join(sorted(unknown))}",
            why=f"the switches are {', '.join(known)}",
            fix="name some of them, with commas between",
        )
    if permissions(needed(declared, on), BILLING_ACCOUNT) and not billing_account:
        raise UserError(
            "rights on the billing account cannot be asked for",
            why="a budget is set on the account that pays, and none is named",
            fix="name it: BILLING_ACCOUNT=012345-6789AB-CDEF01",
        )


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
    check_switches(on, billing_account)
    wanted = needed(declared, on)
    names = {PROJECT: project, BILLING_ACCOUNT: billing_account}
    asked = {place: permissions(wanted, place) for place in names if permissions(wanted, place)}
    bearer = read_settings(TokenSettings)
    with Google.bearing(bearer.token.get_secret_value(), bearer.quota_project) as google:
        has = {place: held(google, place, names[place] or "", asked[place]) for place in asked}
    lacking = missing(wanted, has)
    print("\n".join(lacking) or f"every right on {project} is there")  # noqa: T201
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
