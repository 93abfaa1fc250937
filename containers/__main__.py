"""The commands behind `make … MODE=compose`: start, stop, restart, ps, logs, status, images..."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from containers import compose, elections, machine, preflight, secrets
from containers.settings import refuse_bigquery
from election.errors import UserError
from election.settings import StorageSettings, read_settings
from embedded.doctor import findings_table
from embedded.paths import PROJECT_ROOT
from embedded.unexpected import explain

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False
)
FOLDER = PROJECT_ROOT / "var" / "compose"
ENV_FILE = PROJECT_ROOT / ".env"  # Compose reads it by itself
MARK = FOLDER / "up"  # make finds the mode by it
ELECTION_FOLDER = FOLDER / "election-folder"
LOG_LINES = "40"
INTERRUPTED_EXIT = 130
PORTS = {"DASHBOARD_PORT": "8501", "CONSOLE_PORT": "8080"}
PAGES = {"dashboard": "DASHBOARD_PORT", "console": "CONSOLE_PORT"}


@app.command()
def start(
    part: Annotated[str, typer.Argument(help="infra, streaming, batch, dashboard or all.")] = "all",
) -> None:
    """Start a part and what it needs; return when it is healthy."""
    refuse_bigquery(read_settings(StorageSettings))
    one, environment = compose.part(part), _environment()
    preflight.refuse(preflight.examine(machine.probes(one.profiles, environment), _ports(one)))
    secrets.make(FOLDER / "secrets")
    MARK.touch()
    if environment.get("NIGHT") == "new":
        _compose(compose.on_everything("stop", *compose.STAGES), environment)
    for command in compose.up(one):
        _compose(command, environment)
    if part == "batch":
        _compose(compose.command("run", "--rm", compose.LAKE, profiles=one.profiles), environment)
    for service in sorted(PAGES.keys() & set(one.stays)):
        typer.echo(f"{service}: http://127.0.0.1:{_ports(one)[PAGES[service]]}")


@app.command()
def files() -> None:
    """Make what `docker compose up` reads beside the file: passwords, and the profile in .env."""
    refuse_bigquery(read_settings(StorageSettings))
    secrets.make(FOLDER / "secrets")
    typer.echo(compose.choose_profile(ENV_FILE))
    typer.echo("docker compose up starts the night; make doctor MODE=compose looks beforehand")


@app.command()
def stop() -> None:
    """Stop this project's containers; what they keep stays."""
    _compose(compose.on_everything("stop"), _environment())
    MARK.unlink(missing_ok=True)


@app.command()
def restart() -> None:
    """Stop, then start everything."""
    stop()
    start()


@app.command()
def ps() -> None:
    """List this project's containers."""
    _compose(compose.on_everything("ps", "--all"), _environment())


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="Which service; all if none.")] = None,
) -> None:
    """Show the newest lines of a service's log, or of each."""
    chosen = [name] if name else []
    _compose(compose.on_everything("logs", "--tail", LOG_LINES, *chosen), _environment())


@app.command()
def status() -> None:
    """Show the containers, and each hop of the night with rate, lag, freshness and last error."""
    ps()
    ask = ("run", "--rm", "--no-deps", "verdict", "python", "-m", "containers.controller", "status")
    _compose(compose.on_everything(*ask), _environment())


@app.command(name="doctor")
def examine() -> None:
    """Check this machine's Docker; each finding has its fix."""
    everything = compose.part(compose.EVERYTHING)
    findings = preflight.examine(
        machine.probes(everything.profiles, _environment()), _ports(everything)
    )
    Console(width=None if sys.stdout.isatty() else 120).print(findings_table(findings))
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


@app.command()
def images() -> None:
    """Build the image of every stage."""
    _compose(compose.on_everything("build"), _environment())


@app.command()
def clean() -> None:
    """Remove this project's containers and volumes: every night in them. Asks first."""
    if os.environ.get("YES") != "1" and not typer.confirm("delete every night in containers?"):
        typer.echo("kept")
        return
    _compose(compose.on_everything("down", "--volumes"), _environment())
    shutil.rmtree(FOLDER, ignore_errors=True)  # passwords of a database that is gone


def _environment() -> dict[str, str]:
    """Return what the compose file is read with: this process's, and paths as containers see them.

    A night goes on with the files that it began with, whether they are named again or not.
    """
    found = elections.as_mounted(os.environ)
    if folder := found.get(elections.FOLDER_VARIABLE):
        FOLDER.mkdir(parents=True, exist_ok=True)
        ELECTION_FOLDER.write_text(folder)
    elif ELECTION_FOLDER.exists():
        found[elections.FOLDER_VARIABLE] = ELECTION_FOLDER.read_text()
    return {**os.environ, **found}


def _ports(one: compose.Part) -> dict[str, str]:
    """Return the ports of a part's pages, by the variables that set them."""
    variables = [variable for service, variable in PAGES.items() if service in one.stays]
    return {variable: os.environ.get(variable) or PORTS[variable] for variable in variables}


def _compose(command: list[str], environment: dict[str, str]) -> None:
    """Run a command of Docker Compose on this terminal.

    Raises:
        UserError: it failed; its own words stand above.
    """
    code = subprocess.run(command, env=environment, cwd=PROJECT_ROOT, check=False).returncode
    if code:
        raise UserError(
            "Docker Compose did not do it",
            why=f"`{' '.join(command[:2])} … {' '.join(_words(command))}` ended with {code}",
            fix="read the lines above, then make logs MODE=compose and make doctor MODE=compose",
        )


def _words(command: list[str]) -> list[str]:
    """Leave out what every command has."""
    return command[command.index(str(compose.FILE)) + 1 :]


def main() -> NoReturn:
    """Run a command; an error is three lines, exit code 2."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED_EXIT)
    except Exception as error:
        explained = explain(error, Path(PROJECT_ROOT / "var" / "logs"))
        for line in explained.lines():
            typer.echo(line, err=True)
        sys.exit(explained.exit_code)
    sys.exit(0)


if __name__ == "__main__":
    main()
