"""A standalone Spark on this machine: one master and its workers, from pyspark's own package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pyspark
from support.waiting import wait_until

from embedded.java import find_java
from embedded.paths import ProjectPaths
from embedded.ports import HOST, first_free, shuffled

HOME = Path(pyspark.__file__).parent
UP_WITHIN_S = 90
CONF = """\
spark.executor.memory 600m
spark.executor.cores 1
spark.driver.bindAddress 127.0.0.1
spark.driver.host 127.0.0.1
"""


@dataclass
class Cluster:
    """Processes by name; each is the leader of a session with all that it starts."""

    folder: Path
    port: int
    web: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def master(self) -> str:
        """What SPARK_MASTER is set to."""
        return f"spark://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return what a driver on this cluster gets."""
        return {
            "SPARK_MASTER": self.master,
            "SPARK_CONF_DIR": str(self.folder),
            "SPARK_LOCAL_IP": HOST,
            "PYSPARK_PYTHON": sys.executable,
        }

    def alive(self) -> list[str]:
        """Return the ids of the workers that the master knows as alive."""
        with suppress(httpx.TransportError, ValueError):
            found = httpx.get(f"http://{HOST}:{self.web}/json/", timeout=5).json()
            return [w["id"] for w in found["workers"] if w["state"] == "ALIVE"]
        return []

    def cores_used(self) -> int:
        """Return on how many cores executors run."""
        return int(httpx.get(f"http://{HOST}:{self.web}/json/", timeout=5).json()["coresused"])

    def start(self, name: str, *arguments: str) -> None:
        """Start one process, its output beside the others'."""
        java = find_java(ProjectPaths.of_project())
        environment = {
            **os.environ, "JAVA_HOME": str(java.home), "SPARK_HOME": str(HOME),
            "SPARK_DAEMON_MEMORY": "256m", **self.environment(),
        }  # fmt: skip
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [str(HOME / "bin" / "spark-class"), *arguments], env=environment, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """End a process and all that it started, as a machine that loses its power."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def cluster(folder: Path, *, workers: int) -> Iterator[Cluster]:
    """Run a master and workers of one core each until the block ends."""
    ports = shuffled()
    port = first_free(ports)
    web = first_free(ports, taken={port})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spark-defaults.conf").write_text(CONF)
    up = Cluster(folder, port, web)
    try:
        up.start("master", "org.apache.spark.deploy.master.Master", "--host", HOST,
                 "--port", str(port), "--webui-port", str(web))  # fmt: skip
        for number in range(workers):
            up.start(f"worker-{number}", "org.apache.spark.deploy.worker.Worker", "--host", HOST,
                     "--cores", "1", "--memory", "1g", "--webui-port", "0",
                     "--work-dir", str(folder / f"work-{number}"), up.master)  # fmt: skip
        wait_until(
            lambda: len(up.alive()) == workers, seconds=UP_WITHIN_S, what="the workers are there"
        )
        yield up
    finally:
        for name in list(up.processes):
            up.kill(name)
