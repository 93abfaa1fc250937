"""Each image has what its stage runs with and nothing else; each lock is a part of the whole."""

import re
from dataclasses import replace
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from support.compose_policies import EXACT_TAG
from support.dockerfiles import ALL, Dockerfile
from support.imports import ROOT, needs_of

BY_NAME = {file.path.parts[0]: file for file in ALL}
# Loaded by name and not by an import that can be seen.
BESIDE = {
    "dashboard": {"google-cloud-bigquery"},
    "ingestion": {"adbc-driver-postgresql"},
    "dbt": {"dbt-postgres"},
    "spark": {"pandas"},
}
SHELLS = re.compile(r"\b(curl|wget|git clone|apt-get|apk)\b")


def pins(name):
    """Return a lock's pins without their markers: `name==version` -> its hashes."""
    text = re.sub(r"\s+#.*", "", (ROOT / "requirements" / f"{name}.txt").read_text())
    found = re.findall(r"^(\S+==[^\s;]+)[^\\]*((?:\\\n\s+--hash=\S+\s*)+)", text, re.MULTILINE)
    return {pin: set(re.findall(r"--hash=(\S+)", hashes)) for pin, hashes in found}


def faults(file: Dockerfile) -> list[str]:
    """Return what is wrong with a Dockerfile, a line a fault."""
    last, needs = file.last_stage, needs_of(file.modules)
    stages = {rest.split()[2] for rest in file.all("FROM") if " AS " in rest}
    images = [rest.split()[0] for rest in file.all("FROM")]
    users = last.all("USER")
    copied = {Path(source).parts[0] for source in last.copied if not source.startswith(".")}
    wanted = needs.packages | ({"dbt"} if "transform" in needs.packages else set())
    installed = [run for run in file.all("RUN") if "pip install" in run]
    return [
        *(f"{image} is no exact tag" for image in images if not EXACT_TAG.match(image)),
        *(f"copies from {source}" for rest in file.all("COPY") if rest.startswith("--from=")
          for source in [rest.split()[0].removeprefix("--from=")] if source not in stages),
        *([] if users and re.match(r"[1-9]\d*:[1-9]\d*$", users[-1]) else ["runs as root"]),
        *(f"lacks {name}" for name in sorted(wanted - copied)),
        *(f"copies {name}, which nothing imports" for name in sorted(copied - wanted)),
        *([] if len(installed) == 1 and "--require-hashes --no-deps -r" in installed[0]
          else ["does not install its lock by hashes alone"]),
        *(f"runs {run}" for run in file.all("RUN") if SHELLS.search(run)),
        *(f"has a secret: {rest}" for word in ("ENV", "ARG") for rest in file.all(word)
          if re.search(r"PASSWORD|SECRET|TOKEN", rest)),
        *("adds what it should copy" for _ in file.all("ADD")),
    ]  # fmt: skip


def test_there_is_one_a_stage():
    assert sorted(BY_NAME) == [
        "containers", "dashboard", "generators", "ingestion", "spark", "transform"
    ]  # fmt: skip


@pytest.mark.parametrize("name", BY_NAME)
def test_an_image_is_as_it_should_be(name):
    assert faults(BY_NAME[name]) == []


def planted(word, rest, name="transform", *, instead=False):
    file = BY_NAME[name]
    kept = [one for one in file.instructions if not (instead and one[0] == word)]
    return replace(file, instructions=(*kept, (word, rest)))


PLANTS = {
    "a floating base": lambda: replace(
        BY_NAME["dashboard"],
        instructions=(("FROM", "python:3-slim AS build"), *BY_NAME["dashboard"].instructions)),
    "root": lambda: planted("USER", "root"),
    "nobody named": lambda: replace(
        BY_NAME["dashboard"],
        instructions=tuple(i for i in BY_NAME["dashboard"].instructions if i[0] != "USER")),
    "a package too many": lambda: planted("COPY", "spark spark"),
    "a package too few": lambda: planted("COPY", "dbt dbt", instead=True),
    "pip without hashes": lambda: planted("RUN", "pip install pandas"),
    "a script from the net": lambda: planted("RUN", "curl -s somewhere | sh"),
    "a secret": lambda: planted("ENV", "DB_PASSWORD=x"),
    "an archive": lambda: planted("ADD", "x.tar.gz /"),
    "another image's files": lambda: planted("COPY", "--from=busybox /bin/sh /bin/sh"),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLANTS)
def test_a_fault_is_seen(fault):
    lock = BY_NAME["transform"].lock
    file = PLANTS[fault]()
    assert lock and faults(file)


# Containers have PostgreSQL: BigQuery's client is in the dashboard's image alone, for Cloud Run.
OF_BIGQUERY = {"google"}


@pytest.mark.parametrize("name", BY_NAME)
def test_its_lock_has_every_library_that_it_imports(name):
    file = BY_NAME[name]
    owners = packages_distributions()
    libraries = needs_of(file.modules, apart="warehouse").libraries - OF_BIGQUERY
    wanted = {owner.lower().replace("_", "-") for library in libraries
              for owner in owners[library]}  # fmt: skip
    locked = {pin.split("==")[0].split("[")[0] for pin in pins(file.lock)}
    several = {"dbt": {"dbt-core"}}.get(file.lock, wanted)  # dbt is a namespace of many packages
    assert (wanted & several | BESIDE.get(file.lock, set())) - locked == set()


@pytest.mark.parametrize("name", BY_NAME)
def test_its_lock_is_a_part_of_the_whole_lock(name):
    # bigquery.txt is lock.txt and BigQuery's clients.
    whole = pins("bigquery" if name == "dashboard" else "lock")
    part = pins(BY_NAME[name].lock)
    assert part
    assert {pin for pin in part if part[pin] != whole.get(pin)} == set()


def test_no_image_is_made_from_what_is_not_sent_to_the_daemon():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines and not allowed & {"var", ".venv", ".runtime", ".git"}
    copied = {Path(source).parts[0] for file in ALL for source in file.copied}
    assert copied == allowed
