"""The classes that Spark and Kafka load at a start, read once: later starts are seconds shorter.

Java looks by itself whether an archive is good for it: one made by another Java or of other jars is
left aside, and a start is as long as without.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from election.errors import UserError
from embedded.broker import KafkaBroker
from embedded.jars import KAFKA_VERSION, broker_jars, spark_jars
from embedded.java import JavaRuntime
from embedded.paths import PROJECT_ROOT, ProjectPaths
from embedded.ports import first_free, shuffled
from embedded.supervisor import Supervisor

LOG = logging.getLogger(__name__)
WITHIN_S = 300


def spark_archive(paths: ProjectPaths, java: JavaRuntime) -> Path:
    """Return where the archive is for a Java and the Spark that is installed."""
    return paths.runtime / "java" / f"spark-{version('pyspark')}-java-{java.version}.jsa"


def broker_archive(paths: ProjectPaths, java: JavaRuntime) -> Path:
    """Return where the archive is for a Java and our Kafka."""
    return paths.runtime / "java" / f"kafka-{KAFKA_VERSION}-java-{java.version}.jsa"


def read_from(archive: Path) -> tuple[str, ...]:
    """Return the options of Java for a start from an archive, none where it was not made."""
    return ("-Xlog:cds=off", f"-XX:SharedArchiveFile={archive}") if archive.is_file() else ()


def make_archives(paths: ProjectPaths, java: JavaRuntime, say: Callable[[str], None]) -> None:
    """Make those that are missing, side by side, where Java can."""
    runs = {
        spark_archive(paths, java): partial(_run_spark, paths, java),
        broker_archive(paths, java): partial(_run_broker, paths, java),
    }
    missing = {archive: run for archive, run in runs.items() if not archive.is_file()}
    if not missing:
        return
    say("reading Spark's and Kafka's classes once, so that they start sooner (half a minute)")
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(_make, missing, missing.values()))


def _run_spark(paths: ProjectPaths, java: JavaRuntime, folder: Path, made: Path) -> str:
    """Let one session write the archive; return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "spark", "archive-classes", str(made)],
        env={**os.environ, "JAVA_HOME": str(java.home), "LAKE_PATH": str(folder),
             "SPARK_JARS": ",".join(map(str, spark_jars(paths, java)))},
        cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=WITHIN_S, check=False,
    )  # fmt: skip
    return done.stderr or done.stdout


def _run_broker(paths: ProjectPaths, java: JavaRuntime, folder: Path, made: Path) -> str:
    """Let one broker write the archive when it is stopped; return what kept it from a start."""
    port = first_free(shuffled())
    broker = KafkaBroker(
        folder / "kafka", java, broker_jars(paths, java), scratch=folder,
        port=port, controller_port=first_free(shuffled(), taken={port}),
        java_options=[f"-XX:ArchiveClassesAtExit={made}"],
    )  # fmt: skip
    try:
        broker.install()
        with Supervisor(ProjectPaths.of_project(folder)) as supervisor:
            supervisor.add(broker.service())
            supervisor.wait_ready("kafka")
    except UserError as error:
        return str(error)
    return ""


def _make(target: Path, run: Callable[[Path, Path], str]) -> None:
    """Put in place what a run in a folder makes.

    If it makes nothing, that is no fault: some Java runtimes come without the archive of their own
    classes that ours would stand upon.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / target.name
        said = run(Path(folder), made)
        if made.is_file():
            made.replace(target)
        else:
            LOG.info("no archive of classes for %s: %s", target.name, said[-500:])
