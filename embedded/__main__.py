"""The commands behind make: demo, setup, start, stop, dashboard, batch, export, ps, logs..."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from election.errors import UserError
from election.settings import BrokerSettings
from embedded import background, doctor, jars, report
from embedded.class_archive import make_archives
from embedded.java import find_java
from embedded.paths import ProjectPaths
from embedded.ports import HOST, PortBook
from embedded.postgres import find_programs
from embedded.supervisor import log_tail
from embedded.unexpected import explain

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False
)
LOG_LINES = 40
INTERRUPTED_EXIT = 130


@dataclass
class Options:
    """What stands before the command."""

    base: Path | None = None
    debug: bool = False

    @property
    def paths(self) -> ProjectPaths:
        """The folders that the command works on."""
        return ProjectPaths.of_project(self.base)


OPTIONS = Options()


def say(line: str) -> None:
    """Print a line."""
    typer.echo(line)


def is_on(variable: str, *, default: bool) -> bool:
    """Read a switch from the environment.

    Raises:
        UserError: it is neither 1 nor 0.
    """
    text = os.environ.get(variable) or ("1" if default else "0")
    if text not in ("0", "1"):
        raise UserError(
            f"{variable}={text} cannot be used",
            why="it is a switch",
            fix=f"write {variable}=1 or {variable}=0",
        )
    return text == "1"


def console() -> Console:
    """Return where tables go: wide enough for a row a line where nobody's terminal sets it."""
    return Console(width=None if sys.stdout.isatty() else 120)


@app.callback()
def _options(
    var: Annotated[Path | None, typer.Option(help="Folder for data and logs.")] = None,
    debug: Annotated[bool, typer.Option(help="Show tracebacks.")] = False,
) -> None:
    OPTIONS.base, OPTIONS.debug = var, debug


@app.command()
def setup(quiet: Annotated[bool, typer.Option(help="Say nothing if all is here.")] = False) -> None:
    """Bring the Java runtime, the broker and Spark's jars, so that later runs work offline."""
    tell = (lambda line: None) if quiet else say
    paths = OPTIONS.paths
    java = find_java(paths)
    tell(f"Java {java.version} from {java.source} ({java.home})")
    programs = find_programs()
    tell(f"PostgreSQL {programs.version} ({programs.folder})")
    for wanted in jars.ALL:
        if not jars.is_complete(paths.jars / wanted.name):
            say(f"downloading the jars of {wanted.name} (about a minute)")
        folder = jars.ensure(wanted, paths, java)
        if problems := jars.problems(wanted, paths):
            raise UserError(
                f"the jars of {wanted.name} are not the expected ones",
                why="; ".join(problems[:3]),
                fix=f"delete {folder} and run `make setup` with the network on",
            )
        tell(f"{len(jars.expected(wanted))} jars of {wanted.name}, checksums as expected")
    make_archives(paths, java, say)


@app.command()
def bigquery() -> None:
    """Bring the offline BigQuery that tests run against; it needs Python 3.13."""
    from embedded.bigquery.install import install

    installation = install(OPTIONS.paths)
    say(f"the offline BigQuery is in {installation.folder}")


@app.command()
def start() -> None:
    """Start broker and PostgreSQL in the background; return when they are healthy."""
    background.start(OPTIONS.paths, OPTIONS.base, say)
    status()


@app.command()
def stop() -> None:
    """Stop what this project started."""
    background.stop(OPTIONS.paths, say)


@app.command()
def restart() -> None:
    """Stop, then start."""
    stop()
    start()


@app.command(hidden=True)
def serve() -> None:
    """Run in the foreground until a signal comes: the body of `start`."""
    background.serve(OPTIONS.paths, OPTIONS.base, say)


@app.command()
def demo() -> None:
    """Hold an election: ELECTION, SCALE, SPEED, SEED, FAULTS, KEEP, RESUME are its settings."""
    from embedded import demo as night  # polars and the generators: not for `ps`

    resume = is_on("RESUME", default=False)
    code = night.run(
        night.read_options(),
        keep=is_on("KEEP", default=True),
        resume=resume,
        console=console(),
        base=OPTIONS.base,
    )
    raise typer.Exit(code)


@app.command()
def dashboard() -> None:
    """Serve the dashboard on the newest night until Ctrl-C."""
    from embedded import attach, stages

    with attach.machine_environment(OPTIONS.paths, OPTIONS.base, say) as environment:
        _, everything = attach.night_environment(environment)
        book = PortBook(OPTIONS.paths.run / "ports.json", say)
        port = stages.dashboard_port(book, os.environ.get("DASHBOARD_PORT"))
        say(f"dashboard: http://127.0.0.1:{port}")
        service = stages.dashboard(everything, port)
        raise typer.Exit(attach.run_in_foreground("dashboard", everything, service.command))


@app.command(hidden=True)
def streaming() -> NoReturn:
    """Say why the live stages are not started by themselves here."""
    raise UserError(
        "the live stages are not started apart from a night here",
        why="make demo starts them in their order, watches them and ends with the verdict",
        fix="run make demo, or with Docker make start-streaming MODE=compose",
    )


@app.command()
def batch() -> None:
    """Run Spark's batch job over the newest night: silver, quarantine, gold, compaction."""
    _run("spark", "spark", "lake")


@app.command()
def rebuild(
    source: Annotated[str, typer.Argument(metavar="FROM", help="broker, bronze or raw.")] = "",
    swap: Annotated[bool, typer.Option(help="Put the new tables in place of the old.")] = True,
) -> None:
    """Make the newest night's tables anew: Spark's from broker or bronze, dbt's from raw."""
    from spark.jobs.starting_point import parse_source

    if source == "raw":
        _run("dbt", "transform", "rebuild")
    _run("spark", "spark", "rebuild", parse_source(source), *([] if swap else ["--no-swap"]))


@app.command()
def replay(
    start: Annotated[str, typer.Argument(metavar="FROM", help="votes/3/12000, or a time.")] = "",
) -> None:
    """Judge the newest night's messages again from somewhere on, and mend what shows them wrong."""
    from spark.jobs.starting_point import parse_start

    parse_start(start)  # wrong input fails before anything starts
    _run("spark", "spark", "replay", start)


@app.command()
def dlq() -> None:
    """List the newest night's rejected messages by reason and topic."""
    _run("spark", "spark", "dlq")


@app.command(name="dlq-retry")
def dlq_retry() -> None:
    """Send the newest night's rejected messages again, once, that the reader now accepts."""
    from embedded import attach, progress, stages
    from embedded import night as nights
    from generators.topics_admin import read_end_offsets

    with attach.machine_environment(OPTIONS.paths, OPTIONS.base, say) as environment:
        night, everything = attach.night_environment(environment)
        say(f"night {night.night_id}")
        command = stages.python("-m", "spark", "dlq-retry")
        if code := attach.run_in_foreground("spark", everything, command):
            raise typer.Exit(code)
        ends = read_end_offsets(BrokerSettings.model_validate(everything))
        with attach.connect(environment, "app") as admin:
            is_more = progress.note_ends(admin, night.night_id, ends)
            if is_more and nights.reopen(admin, night.night_id):
                say("the night was complete and is open again: make demo RESUME=1 counts them")


@app.command(name="as-of")
def as_of(
    moment: Annotated[str, typer.Argument(metavar="TIME", help="As 2026-11-25T02:00:00Z.")],
    table: Annotated[str, typer.Option(help="A live table.")] = "candidate_totals",
    output: Annotated[Path | None, typer.Option(help="A file: .csv or .parquet.")] = None,
) -> None:
    """Print a live table of the newest night as it was at a time of the wall clock, as CSV."""
    to_file = ["--output", str(output.resolve())] if output else []
    _run("spark", "spark", "as-of", moment, "--table", table, *to_file, is_quiet=True)


@app.command()
def chain(
    source: Annotated[str, typer.Option("--from", help="bronze, or the broker's log.")] = "bronze",
) -> None:
    """Make the newest night's chain of votes and declarations again, and compare it with ops."""
    if source not in ("bronze", "broker"):
        raise UserError(
            f"FROM={source} cannot be used",
            why="the chain can be made again from bronze or from the broker's log",
            fix="write FROM=bronze or FROM=broker",
        )
    _run("spark", "spark", "chain", "--from", source)


@app.command()
def export(
    mart: Annotated[str, typer.Option(help="A mart, as a file.")] = "",
    file_format: Annotated[str, typer.Option("--format", help="See exports/README.md.")] = "",
    chain: Annotated[bool, typer.Option(help="Votes and declarations with their hashes.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder.")] = None,
) -> None:
    """Write files of the newest night for others."""
    from embedded import attach
    from embedded.exporting import command_for

    command = command_for(mart, file_format, chain=chain)  # wrong input fails before all else
    with attach.machine_environment(OPTIONS.paths, OPTIONS.base, say) as environment:
        night, _ = attach.night_environment(environment)
        folder = out or OPTIONS.paths.var / "exports" / night.night_id / command.folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        _run(command.stage, command.stage, *command.arguments, str(folder.resolve()))


@app.command(name="serve-results")
def serve_results() -> None:
    """Serve the result files of the newest night until Ctrl-C."""
    from embedded import stages
    from exports.folder import INDEX
    from exports.server import server

    folder = OPTIONS.paths.var / "results"
    if not (folder / INDEX).exists():
        raise UserError(
            "there are no result files",
            why=f"{folder} has no {INDEX}: no night wrote any",
            fix="run make demo; it keeps them while it runs",
        )
    book = PortBook(OPTIONS.paths.run / "ports.json", say)
    with server(folder, stages.results_port(book, os.environ.get("RESULTS_PORT"))) as serving:
        say(f"result files: http://{HOST}:{serving.server_port}/{INDEX}")
        serving.serve_forever()


def _run(stage: str, module: str, *arguments: str, is_quiet: bool = False) -> NoReturn:
    """Run a command of a stage over the newest night, and end with its exit code."""
    from embedded import attach, stages

    tell = (lambda line: typer.echo(line, err=True)) if is_quiet else say
    with attach.machine_environment(OPTIONS.paths, OPTIONS.base, tell) as environment:
        night, everything = attach.night_environment(environment)
        tell(f"night {night.night_id}")
        command = stages.python("-m", module, *arguments)
        raise typer.Exit(attach.run_in_foreground(stage, everything, command))


@app.command()
def ps() -> None:
    """List this project's processes."""
    rows = report.service_rows(OPTIONS.paths)
    if rows:
        console().print(report.services_table(rows))
    else:
        say("nothing was started here yet: `make start` or `make demo`")


@app.command()
def status() -> None:
    """Show the services, and each hop of a night with rate, lag, freshness and last error."""
    from embedded import attach, hops

    ps()
    environment = attach.running_environment(OPTIONS.paths)
    if environment is None:
        return
    with attach.connect(environment, "app") as connection:
        found = hops.read(connection) if hops.is_laid_out(connection) else []
    if found:
        console().print(hops.table(found))


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="Which service; all if none.")] = None,
) -> None:
    """Show the newest lines of a service's log, or of each."""
    files = sorted(OPTIONS.paths.logs.glob("*.log"))
    chosen = [file for file in files if name in (None, file.stem)]
    if not chosen:
        raise UserError(
            f"no log of {name}" if name else "no logs",
            why=f"in {OPTIONS.paths.logs} are: {', '.join(file.stem for file in files) or 'none'}",
            fix="name one of these" if files else "`make start` or `make demo` first",
        )
    for file in chosen:
        say(f"==> {file}")
        for line in log_tail(file, LOG_LINES if name else LOG_LINES // 4):
            say(line)


@app.command(name="doctor")
def examine() -> None:
    """Check this machine; each finding has its fix."""
    findings = doctor.examine(OPTIONS.paths)
    console().print(doctor.findings_table(findings))
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run a command; an error is three lines, and exit code 2 where a person can mend it."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED_EXIT)
    except Exception as error:
        if OPTIONS.debug:
            raise
        explained = explain(error, OPTIONS.paths.logs)
        for line in explained.lines():
            typer.echo(line, err=True)
        sys.exit(explained.exit_code)


if __name__ == "__main__":
    main()
