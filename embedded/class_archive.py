"""The classes that Spark's Java side loads at a start, read once: later starts are seconds shorter.

Java looks by itself whether an archive is good for it: one made by another Java or of other jars is
left aside, and a start is as long as without.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from embedded.jars import spark_jars
from embedded.java import JavaRuntime
from embedded.paths import PROJECT_ROOT, ProjectPaths

LOG = logging.getLogger(__name__)
WITHIN_S = 300


def class_archive(paths: ProjectPaths, java: JavaRuntime) -> Path:
    """Return where the archive is for a Java and the Spark that is installed."""
    return paths.runtime / "java" / f"spark-{version('pyspark')}-java-{java.version}.jsa"


def make_class_archive(paths: ProjectPaths, java: JavaRuntime) -> bool:
    """Let one session of Spark write the archive; return False where Java cannot.

    That is no fault: some Java runtimes come without the archive of their own classes that ours
    would stand upon.
    """
    target = class_archive(paths, java)
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / target.name
        done = subprocess.run(
            [sys.executable, "-m", "spark", "archive-classes", str(made)],
            env={**os.environ, "JAVA_HOME": str(java.home), "LAKE_PATH": folder,
                 "SPARK_JARS": ",".join(map(str, spark_jars(paths, java)))},
            cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=WITHIN_S, check=False,
        )  # fmt: skip
        if not made.is_file():
            LOG.info("no archive of classes: %s", (done.stderr or done.stdout)[-500:])
            return False
        made.replace(target)
    return True
