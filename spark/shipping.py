"""Our code for the workers of a cluster: they decode and judge with it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from pathlib import Path
from types import ModuleType

from pyspark import SparkContext

import election
import spark

_PACKAGES = (election, spark)
_NAME = "tallyhouse.zip"


def ship(context: SparkContext) -> None:
    """Hand every worker the packages that blocks are judged with; libraries are its image's."""
    # Executors fetch the archive from its path when they start, which may be at any time.
    folder = tempfile.mkdtemp(prefix="tallyhouse-code-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    context.addPyFile(str(packed(Path(folder))))


def packed(folder: Path, *more: ModuleType) -> Path:
    """Write the packages, and `more`, into an archive that Python imports from."""
    archive = folder / _NAME
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for package in (*_PACKAGES, *more):
            [root] = package.__path__
            for source in sorted(Path(root).rglob("*.py")):
                file.write(source, Path(package.__name__) / source.relative_to(root))
    return archive
