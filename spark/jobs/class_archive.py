"""Write the classes that a count loads into an archive, from which later starts have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pyspark import SparkContext

from election.settings import LakeSettings
from spark.blocks.rules import NightRules
from spark.jobs.warm_up import warm_up
from spark.session import JAVA_OPTIONS, open_session

# Any will do: the made-up messages of the warm-up belong to no election.
RULES = NightRules.of("parl.2017-06-08", date(2017, 6, 8))
JAVA_ENDS_WITHIN_S = 120


def archive_classes(settings: LakeSettings, target: Path) -> None:
    """Run a session as a night begins one; Java writes the archive when it ends.

    Raises:
        subprocess.TimeoutExpired: Java does not end.
    """
    options = f"{JAVA_OPTIONS} -XX:ArchiveClassesAtExit={target}"
    spark = open_session(settings, "archive", **{"spark.driver.extraJavaOptions": options})
    warm_up(spark, RULES)
    gateway = SparkContext._gateway  # nothing public ends Java and waits for it
    assert gateway is not None
    spark.stop()
    gateway.proc.stdin.close()
    gateway.proc.wait(JAVA_ENDS_WITHIN_S)
