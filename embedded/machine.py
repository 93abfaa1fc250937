"""The machine in a box: broker and PostgreSQL, supervised, with their endpoints."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from election.errors import UserError
from embedded.broker import KafkaBroker
from embedded.class_archive import broker_archive, read_from, spark_archive
from embedded.jars import broker_jars, spark_jars
from embedded.java import JavaRuntime, find_java
from embedded.passwords import Passwords
from embedded.paths import ProjectPaths
from embedded.ports import HOST, PortBook
from embedded.postgres import DATABASE, PostgresServer
from embedded.supervisor import Supervisor

LOG = logging.getLogger(__name__)
FREE_BYTES = 2 * 2**30
PROJECT_PORTS = {"kafka": 9092, "postgres": 5432}
TELEMETRY_OFF = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "CHECKPOINT_DISABLE": "1",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}


class Machine:
    """Broker and PostgreSQL under one supervisor; `with Machine() as machine: ...`.

    Args:
        base: Folder for data, logs and passwords instead of the project's `var`. There the
            ports are any free ones; the project's own prefer 9092 and 5432.
        say: Gets one line for each thing that starts, restarts or takes another port.
    """

    def __init__(self, base: Path | None = None, *, say: Callable[[str], None] = LOG.info) -> None:
        self.paths = ProjectPaths.of_project(base)
        self.supervisor = Supervisor(self.paths, say=say)
        self._say = say
        self._preferred = PROJECT_PORTS if base is None else {}
        self._holds_folder = False
        self._broker: KafkaBroker | None = None
        self._postgres: PostgresServer | None = None

    def __enter__(self) -> Machine:
        try:
            with self.supervisor.interruptible():
                return self.start()
        except BaseException:  # Ctrl-C while starting must leave nothing behind either
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Machine:
        """Install what is missing, start both servers, return when they are healthy.

        Raises:
            UserError: Disk, Java, jars, ports or a server: what, why, and what to do.
        """
        check_disk(self.paths.var)
        self._say(f"Java {self.java.version} from {self.java.source}")
        self.supervisor.open()
        self._holds_folder = True
        self._empty_scratch()
        self.paths.scratch.mkdir()
        ports = PortBook(self.paths.run / "ports.json", self._say)
        self._broker = KafkaBroker(
            self.paths.var / "kafka",
            self.java,
            broker_jars(self.paths, self.java),
            scratch=self.paths.scratch,
            port=ports.choose("kafka", self._preferred.get("kafka")),
            controller_port=ports.choose("kafka-controller", None),
            java_options=read_from(broker_archive(self.paths, self.java)),
        )
        self._postgres = PostgresServer(
            self.paths.var / "postgres",
            self.paths.secrets,
            port=ports.choose("postgres", self._preferred.get("postgres")),
        )
        with ThreadPoolExecutor(2) as pool:
            for installed in [pool.submit(self.broker.install), pool.submit(self.postgres.install)]:
                installed.result()
        self.supervisor.add(self.broker.service(), self.postgres.service())
        self.supervisor.wait_ready("kafka", "postgres")
        return self

    def stop(self) -> None:
        """Stop everything that the supervisor runs; harmless to repeat."""
        self.supervisor.close()
        if self._holds_folder:
            self._empty_scratch()

    def _empty_scratch(self) -> None:
        shutil.rmtree(self.paths.scratch, ignore_errors=True)

    @cached_property
    def java(self) -> JavaRuntime:
        """The Java runtime, found once."""
        return find_java(self.paths)

    @property
    def broker(self) -> KafkaBroker:
        """The broker, once started."""
        assert self._broker is not None, "the machine is not started"
        return self._broker

    @property
    def postgres(self) -> PostgresServer:
        """The PostgreSQL server, once started."""
        assert self._postgres is not None, "the machine is not started"
        return self._postgres

    @property
    def bootstrap_servers(self) -> str:
        """Return the broker's `host:port`."""
        return self.broker.bootstrap_servers

    def environment(self) -> dict[str, str]:
        """Return the variables that child stages read; holds passwords: never log it."""
        return environment_of(
            self.paths,
            self.java,
            self.postgres.passwords,
            kafka=self.broker.port,
            postgres=self.postgres.port,
        )


def environment_of(
    paths: ProjectPaths, java: JavaRuntime, passwords: Passwords, *, kafka: int, postgres: int
) -> dict[str, str]:
    """Return the variables that child stages read; holds passwords: never log it.

    Args:
        paths: Where Spark's jars are, and temporary files.
        java: Runtime for Spark.
        passwords: Of PostgreSQL's roles.
        kafka: The broker's port.
        postgres: PostgreSQL's port.
    """
    return {
        **TELEMETRY_OFF,
        "TMPDIR": str(paths.scratch),
        "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{kafka}",
        "POSTGRES_HOST": HOST,
        "POSTGRES_PORT": str(postgres),
        "POSTGRES_DATABASE": DATABASE,
        "POSTGRES_ADMIN_PASSWORD": passwords.admin,
        "POSTGRES_LOADER_PASSWORD": passwords.loader,
        "POSTGRES_TRANSFORM_PASSWORD": passwords.transform,
        "POSTGRES_READER_PASSWORD": passwords.reader,
        "JAVA_HOME": str(java.home),
        "INGESTION_PATH": str(paths.var / "ingestion"),
        "DBT_TARGET_PATH": str(paths.var / "dbt"),
        "DBT_PARSED_PATH": str(paths.runtime / "dbt"),
        "RESULTS_PATH": str(paths.var / "results"),
        "SPARK_JARS": ",".join(map(str, spark_jars(paths, java))),
        "SPARK_CLASS_ARCHIVE": str(archive)
        if (archive := spark_archive(paths, java)).is_file()
        else "",
    }


def check_disk(folder: Path, needed_bytes: int = FREE_BYTES) -> None:
    """Refuse to start on a nearly full disk.

    Raises:
        UserError: Less than the needed space is free where the folder is or will be.
    """
    existing = next(place for place in [folder, *folder.parents] if place.exists())
    free = shutil.disk_usage(existing).free
    if free < needed_bytes:
        raise UserError(
            f"the disk of {folder} is nearly full",
            why=f"{free / 2**30:.1f} GiB free, {needed_bytes / 2**30:.1f} GiB needed",
            fix="free some space, or `make clean` if an old night may go",
        )
