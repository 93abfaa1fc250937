"""A broker that asks for a login and lets nobody do what was not granted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from support.waiting import wait_until

from election.settings import BrokerSettings
from embedded.broker import KafkaBroker, cluster_id
from embedded.jars import broker_jars
from embedded.java import find_java
from embedded.paths import ProjectPaths
from embedded.ports import HOST, PortBook
from embedded.processes import Running, end

ADMIN, ADMIN_PASSWORD = "admin", "superuser-of-a-test"
READY_SECONDS = 120


class ScramBroker(KafkaBroker):
    """The embedded broker with SCRAM on its clients' listener, and everything denied."""

    def settings(self) -> str:
        """Return server.properties."""
        plain = super().settings()
        secured = plain
        for before, after in (
            (f"PLAINTEXT://{self.bootstrap_servers}", f"CLIENTS://{self.bootstrap_servers}"),
            ("PLAINTEXT:PLAINTEXT,", "CLIENTS:SASL_PLAINTEXT,"),
            ("listener.name=PLAINTEXT", "listener.name=CLIENTS"),
        ):
            assert before in secured
            secured = secured.replace(before, after)
        module = "org.apache.kafka.common.security.scram.ScramLoginModule required"
        return secured + "\n".join([
            "sasl.enabled.mechanisms=SCRAM-SHA-256",
            "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256",
            f"listener.name.clients.scram-sha-256.sasl.jaas.config={module} "
            f'username="{ADMIN}" password="{ADMIN_PASSWORD}";',
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            f"super.users=User:{ADMIN};User:ANONYMOUS",  # the controller's own listener
            "allow.everyone.if.no.acl.found=false",
        ]) + "\n"  # fmt: skip

    def _format(self) -> None:
        command = [str(self._java.java), "-cp", self._class_path, "kafka.tools.StorageTool"]
        command += ["format", "-t", cluster_id(), "-c", str(self._settings_file)]
        command += ["--add-scram", f"SCRAM-SHA-256=[name={ADMIN},password={ADMIN_PASSWORD}]"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def login(self, user: str = ADMIN, password: str = ADMIN_PASSWORD) -> dict[str, str]:
        """Return the environment of somebody who logs in."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "KAFKA_USERNAME": user,
            "KAFKA_PASSWORD": password,
        }


@contextmanager
def scram_broker(folder: Path) -> Iterator[ScramBroker]:
    """Start the broker in a folder, stop it at the end."""
    paths = ProjectPaths.of_project()
    java, ports = find_java(paths), PortBook(folder / "ports.json")
    broker = ScramBroker(
        folder / "kafka", java, broker_jars(paths, java), scratch=folder,
        port=ports.choose("kafka", None), controller_port=ports.choose("controller", None),
    )  # fmt: skip
    broker.install()
    with (folder / "kafka.log").open("wb") as log:
        process = subprocess.Popen(
            broker.service().command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    running = Running.of(process.pid)
    assert running is not None

    def answers() -> bool:
        assert process.poll() is None, (folder / "kafka.log").read_text()[-2000:]
        client = BrokerSettings.model_validate(broker.login()).client()
        try:
            admin = AdminClient({**client, "log_level": 0, "socket.timeout.ms": 1500})
            return bool(admin.list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    try:
        wait_until(answers, seconds=READY_SECONDS, what=f"{HOST}:{broker.port} answers a login")
        yield broker
    finally:
        end(running, 15, 30)
        process.wait()
