"""Apache Kafka (KRaft, one node) as a supervised service."""

from __future__ import annotations

import base64
import logging
import socket
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from election.errors import UserError
from embedded.jars import KAFKA_VERSION
from embedded.java import JavaRuntime
from embedded.ports import HOST
from embedded.service import Service

LOG = logging.getLogger(__name__)
FORMAT_SECONDS = 60
# After kill -9 with 8 M events its log recovery took 18 s on two cores.
READY_SECONDS = 180

LOG4J = """\
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
"""


class KafkaBroker:
    """One broker on 127.0.0.1: its files, its service, its health."""

    version = KAFKA_VERSION

    def __init__(
        self, folder: Path, java: JavaRuntime, jars: Path, *, scratch: Path, port: int,
        controller_port: int, java_options: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.folder = folder
        self._scratch = scratch
        self.port = port
        self._controller_port = controller_port
        self._java = java
        self._java_options = java_options
        self._class_path = f"{jars}/*"
        self._admin: AdminClient | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Return `host:port` for clients."""
        return f"{HOST}:{self.port}"

    def install(self) -> None:
        """Write the settings, and format the data folder the first time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log4j2.properties").write_text(LOG4J)
        self._settings_file.write_text(self.settings())
        if not (self._data / "meta.properties").exists():
            self._format()

    def service(self) -> Service:
        """Return the broker as a service named `kafka`."""
        command = [str(self._java.java), *self._java_options]
        command += ["-Xms256m", "-Xmx768m", "-XX:+UseG1GC"]
        # Both compilers: with the first alone the broker starts cheaper, and then takes .33 of a
        # core instead of .17 at 15,000 messages a second, which the live count lacks.
        command += ["-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"]
        command += [f"-Djava.io.tmpdir={self._scratch}"]
        command += [f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"]
        command += ["-cp", self._class_path, "kafka.Kafka", str(self._settings_file)]
        return Service(
            name="kafka",
            command=tuple(command),
            healthy=self.healthy,
            ready_within_seconds=READY_SECONDS,
            stop_grace_seconds=30,
            version=f"Apache Kafka {self.version}",
            port=self.port,
        )

    def healthy(self) -> bool:
        """Say whether the broker answers a metadata request and is its cluster's member."""
        with socket.socket() as knock:
            knock.settimeout(0.5)
            if knock.connect_ex((HOST, self.port)):
                self._admin = None
                return False
        quiet = {"log_level": 0, "socket.timeout.ms": 1500}
        self._admin = self._admin or AdminClient(
            {"bootstrap.servers": self.bootstrap_servers, **quiet}
        )
        try:
            answered = bool(self._admin.list_topics(timeout=1.5).brokers)
        except KafkaException:
            return False
        if answered:
            self._admin = None  # its threads would go on dialling for nobody
        return answered

    def settings(self) -> str:
        """Return server.properties: one node, nothing created by accident, nothing replicated."""
        controller = f"{HOST}:{self._controller_port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap_servers},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self._data,
            "auto.create.topics.enable": "false",
            "num.partitions": 1,
            "default.replication.factor": 1,
            "min.insync.replicas": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 1,
            "group.initial.rebalance.delay.ms": 0,
            "num.network.threads": 2,
            "num.io.threads": 2,
            # Topics say how long they keep; a topic that forgot keeps a week.
            "log.retention.hours": 168,
            # A node that was down over a weekend must still find where it was.
            "offsets.retention.minutes": 43_200,
            "log.cleaner.dedupe.buffer.size": 32 * 2**20,
            # A killed broker is let back in when its old session ends: 9 s by default.
            "broker.session.timeout.ms": 4000,
            "broker.heartbeat.interval.ms": 1000,
            "num.recovery.threads.per.data.dir": 2,
        }
        return "".join(f"{key}={value}\n" for key, value in settings.items())

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _settings_file(self) -> Path:
        return self.folder / "server.properties"

    def _format(self) -> None:
        command = [str(self._java.java), *self._java_options, "-XX:TieredStopAtLevel=1"]
        command += ["-Djava.awt.headless=true", "-cp", self._class_path]
        command += ["kafka.tools.StorageTool", "format", "-t", cluster_id()]
        command += ["-c", str(self._settings_file), "--ignore-formatted"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=FORMAT_SECONDS, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise UserError(
                f"the broker's folder {self._data} cannot be prepared",
                why=said[-1] if said else f"exit code {done.returncode}",
                fix="see that the folder is writable and the disk not full, then start again",
            )


def cluster_id() -> str:
    """Return a random id as Kafka writes them; never with a leading dash, an option to its tool."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes)[:22].decode()
        if not text.startswith("-"):
            return text
