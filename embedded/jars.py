"""Jars of the broker and of Spark's extras: resolved once, checked, kept for offline runs."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from election.errors import UserError
from embedded.java import JavaRuntime
from embedded.paths import ProjectPaths

LOG = logging.getLogger(__name__)
CHECKSUMS = Path(__file__).with_name("checksums.json")
MANIFEST = "manifest.json"
KAFKA_VERSION = "4.2.0"
RESOLVE_ATTEMPTS = 3
RESOLVE_SECONDS = 900


@dataclass(frozen=True)
class JarSet:
    """What Ivy is asked for: (organisation, name, revision) of each root dependency."""

    name: str
    roots: tuple[tuple[str, str, str], ...]
    beside_pyspark: bool


BROKER = JarSet(
    name=f"kafka-{KAFKA_VERSION}",
    roots=(
        ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
        ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4"),
        ("org.apache.logging.log4j", "log4j-core", "2.25.4"),
    ),
    beside_pyspark=False,
)
SPARK = JarSet(
    name="spark-4.2.0",
    roots=(
        ("io.delta", "delta-spark_4.2_2.13", "4.4.0"),
        ("org.apache.spark", "spark-sql-kafka-0-10_2.13", "4.2.0"),
    ),
    beside_pyspark=True,
)
ALL = (BROKER, SPARK)
# For `make spark40`: what the oldest Spark that the transforms are tested with reads Delta by.
SPARK_OLDEST = JarSet(
    name="spark-4.0.1",
    roots=(("io.delta", "delta-spark_2.13", "4.0.0"),),
    beside_pyspark=True,
)


def broker_jars(paths: ProjectPaths, java: JavaRuntime) -> Path:
    """Return the folder with the broker's jars; the first call downloads them."""
    return ensure(BROKER, paths, java)


def spark_jars(paths: ProjectPaths, java: JavaRuntime, wanted: JarSet = SPARK) -> list[Path]:
    """Return the jars for `spark.jars`: those not already in pyspark, sorted by name."""
    return sorted(ensure(wanted, paths, java).glob("*.jar"))


def ensure(wanted: JarSet, paths: ProjectPaths, java: JavaRuntime) -> Path:
    """Return a set's folder, complete by names and sizes; resolve it if it is not.

    Raises:
        UserError: The set is not here and cannot be downloaded, or a checksum differs.
    """
    folder = paths.jars / wanted.name
    if is_complete(folder):
        return folder
    with _lock(paths.jars):
        # Another process may have resolved it while this one waited for the lock.
        if not is_complete(folder):
            _resolve(wanted, folder, paths, java)
    return folder


def is_complete(folder: Path, *, deep: bool = False) -> bool:
    """Compare a folder with its manifest: names and sizes; with `deep`, also every SHA-256."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        found = {jar.name: jar.stat().st_size for jar in folder.glob("*.jar")}
        if found != {name: entry["bytes"] for name, entry in manifest.items()}:
            return False
        return not deep or all(sha256(folder / n) == e["sha256"] for n, e in manifest.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def problems(wanted: JarSet, paths: ProjectPaths) -> list[str]:
    """Compare every jar's SHA-256 with the repository's list; one sentence a difference."""
    folder = paths.jars / wanted.name
    if not folder.is_dir():
        return [f"{wanted.name}: not downloaded"]
    return _differences({jar.name: sha256(jar) for jar in folder.glob("*.jar")}, expected(wanted))


def expected(wanted: JarSet) -> dict[str, str]:
    """Return the committed SHA-256 by jar name."""
    checksums: dict[str, dict[str, str]] = json.loads(CHECKSUMS.read_text())
    return checksums.get(wanted.name, {})


def sha256(path: Path) -> str:
    """Return a file's SHA-256 as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ivy_module(wanted: JarSet) -> str:
    """Return the Ivy file that asks for a set."""
    lines = [
        f'  <dependency org="{org}" name="{name}" rev="{rev}" conf="run->runtime,master"/>'
        for org, name, rev in wanted.roots
    ]
    return "\n".join(
        (
            '<ivy-module version="2.0"><info organisation="local" module="tallyhouse"/>',
            ' <configurations><conf name="run"/></configurations>',
            " <dependencies>",
            *lines,
            " </dependencies></ivy-module>",
        )
    )


def artifact(jar_name: str) -> str:
    """Return a jar's name without its version: `kafka-clients` of `kafka-clients-3.9.2.jar`."""
    return re.sub(r"-v?\d+(\.[^-]*)?(-[A-Za-z0-9.]+)?\.jar$", "", jar_name)


def pyspark_jars() -> Path:
    """Return the folder of the jars that pyspark brings, without importing it."""
    return Path(str(distribution("pyspark").locate_file("pyspark/jars")))


def _resolve(wanted: JarSet, folder: Path, paths: ProjectPaths, java: JavaRuntime) -> None:
    paths.jars.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=paths.jars, prefix=f".{wanted.name}-") as scratch:
        fresh = Path(scratch) / "jars"
        fresh.mkdir()
        _run_ivy(wanted, Path(scratch), fresh, paths, java)
        if wanted.beside_pyspark:
            _drop_what_pyspark_has(fresh)
        sums = {jar.name: sha256(jar) for jar in sorted(fresh.glob("*.jar"))}
        if differences := _differences(sums, expected(wanted)):
            raise UserError(
                f"the downloaded jars of {wanted.name} are not the expected ones",
                why="; ".join(differences[:3]),
                fix=f"delete {paths.runtime / 'ivy'} and try again; if it stays, do not trust them",
            )
        manifest = {
            name: {"bytes": (fresh / name).stat().st_size, "sha256": digest}
            for name, digest in sums.items()
        }
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        if folder.exists():
            shutil.rmtree(folder)
        fresh.replace(folder)
    # Kept only while an attempt has failed: it holds everything a second time.
    shutil.rmtree(paths.runtime / "ivy", ignore_errors=True)


def _run_ivy(
    wanted: JarSet, scratch: Path, fresh: Path, paths: ProjectPaths, java: JavaRuntime
) -> None:
    """Resolve with the Ivy that pyspark carries: plain Java and its default repository."""
    module = scratch / "ivy.xml"
    module.write_text(ivy_module(wanted))
    ivy = next(pyspark_jars().glob("ivy-*.jar"))
    pattern = str(fresh / "[artifact]-[revision](-[classifier]).[ext]")
    command = [str(java.java), "-jar", str(ivy), "-ivy", str(module), "-confs", "run"]
    command += ["-cache", str(paths.runtime / "ivy"), "-retrieve", pattern]
    said = ""
    for attempt in range(1, RESOLVE_ATTEMPTS + 1):
        LOG.info("resolving the jars of %s (attempt %d)", wanted.name, attempt)
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=RESOLVE_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            said = f"no end within {RESOLVE_SECONDS} s"
            continue
        if done.returncode == 0 and any(fresh.glob("*.jar")):
            return
        said = _ivy_complaint(done.stdout + done.stderr)
    raise UserError(
        f"the jars of {wanted.name} cannot be downloaded",
        why=f"{RESOLVE_ATTEMPTS} attempts failed: {said}",
        fix="run `make setup` once with the network on; later runs need none",
    )


def _ivy_complaint(output: str) -> str:
    lines = [line.strip() for line in output.splitlines()]
    wanted = ("UNRESOLVED", "Server access error", "FAILED DOWNLOADS", "Exception", "problem")
    return next((line for line in lines if any(w in line for w in wanted)), "no message from Ivy")


def _drop_what_pyspark_has(folder: Path) -> None:
    """Two versions of one library on the class path are a lottery: pyspark's own win."""
    present = {artifact(jar.name) for jar in pyspark_jars().glob("*.jar")}
    for jar in folder.glob("*.jar"):
        if artifact(jar.name) in present:
            jar.unlink()


def _differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    missing = [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    extra = [f"{name} is not expected" for name in sorted(found.keys() - wanted.keys())]
    both = sorted(found.keys() & wanted.keys())
    return [*missing, *extra, *(f"{n} differs" for n in both if found[n] != wanted[n])]


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
