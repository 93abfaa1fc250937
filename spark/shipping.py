"""Our code for the workers of a cluster: they decode and judge with it."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from pyspark import SparkContext

import election
import spark

_PACKAGES = (election, spark)
_NAME = "tallyhouse.zip"


def ship(context: SparkContext) -> None:
    """Hand every worker the packages that blocks are judged with; libraries are its image's."""
    with tempfile.TemporaryDirectory() as folder:
        context.addPyFile(str(packed(Path(folder))))


def packed(folder: Path) -> Path:
    """Write the packages into an archive that Python imports from."""
    archive = folder / _NAME
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for package in _PACKAGES:
            [root] = package.__path__
            for source in sorted(Path(root).rglob("*.py")):
                file.write(source, Path(package.__name__) / source.relative_to(root))
    return archive
