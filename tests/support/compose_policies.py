"""What docker-compose.yml must hold to; each policy returns what it finds wrong, a line a fault."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from support.imports import ROOT

from containers.access import SERVICES as BROKER_USERS
from containers.secrets import NAMES

Compose = dict[str, Any]
Policy = Callable[[Compose], Iterator[str]]

EXACT_TAG = re.compile(r"^[\w./-]+:v?\d+\.\d+(\.\d+)?[\w.-]*$")
NOT_READ_ONLY = {"redpanda"}  # rpk writes the node's settings below /etc at every start
# Read by what is in an image, not by a settings class of ours.
FOREIGN_VARIABLES = {
    "console": {"KAFKA_BROKERS", "KAFKA_SASL_ENABLED", "KAFKA_SASL_USERNAME"},
    "dbt": {"DBT_SEND_ANONYMOUS_USAGE_STATS", "DBT_LOG_PATH"},
    "postgres": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"},
    "spark": {"SPARK_LOCAL_HOSTNAME", "SPARK_DAEMON_MEMORY"},
}
READ_EVERYWHERE = {"NIGHT_FILE", "LOG_LEVEL"}
_ALIAS = re.compile(r'validation_alias="(\w+)"')
_SIZE = {"m": 2**20, "g": 2**30}


def image_tags(compose: Compose) -> Iterator[str]:
    """Exact versions; a digest would have to be one that somebody has seen."""
    for name, service in compose["services"].items():
        if not EXACT_TAG.match(service.get("image", "")):
            yield f"{name}: {service.get('image')} is no exact tag"


def health(compose: Compose) -> Iterator[str]:
    """What stays up says how it is; what does not ends and is not started again."""
    for name, service in compose["services"].items():
        check = service.get("healthcheck", {})
        if is_one_shot(service):
            if check:
                yield f"{name}: ends by itself and has a health check"
        elif not {"test", "interval", "timeout", "retries", "start_period"} <= check.keys():
            yield f"{name}: no whole health check"


def order(compose: Compose) -> Iterator[str]:
    """Everything waits for health or for success, and for nothing that its profiles lack."""
    services = compose["services"]
    for name, service in services.items():
        if not service.get("profiles"):
            yield f"{name}: no profile"
        for needed, how in service.get("depends_on", {}).items():
            one_shot = is_one_shot(services[needed])
            wanted = "service_completed_successfully" if one_shot else "service_healthy"
            if how["condition"] != wanted:
                yield f"{name}: waits for {needed} by {how['condition']}, not {wanted}"
            for profile in set(service.get("profiles", ())) - set(services[needed]["profiles"]):
                yield f"{name}: {needed} is not in profile {profile}"


def no_sleep(compose: Compose) -> Iterator[str]:
    """Nobody waits by the clock."""
    for name, service in compose["services"].items():
        words = [*service.get("command", ()), *service.get("healthcheck", {}).get("test", ())]
        if any(re.search(r"\bsleep\b", word) for word in words):
            yield f"{name}: sleeps"


def memory(compose: Compose) -> Iterator[str]:
    """Each says how much it is expected to use, and the most it may."""
    for name, service in compose["services"].items():
        resources = service.get("deploy", {}).get("resources", {})
        limit = bytes_of(resources.get("limits", {}).get("memory", "0m"))
        expected = bytes_of(resources.get("reservations", {}).get("memory", "0m"))
        if not 0 < expected <= limit:
            yield f"{name}: {expected} bytes expected, {limit} at most"


def closed(compose: Compose) -> Iterator[str]:
    """Nothing listens beyond 127.0.0.1, and only two pages listen there."""
    for name, service in compose["services"].items():
        for port in service.get("ports", ()):
            if not str(port).startswith("127.0.0.1:"):
                yield f"{name}: publishes {port}"
        if service.get("network_mode"):
            yield f"{name}: network_mode {service['network_mode']}"
        needs_edge = bool(service.get("ports")) or name == "night-setup"
        if ("edge" in service.get("networks", ())) != needs_edge:
            yield f"{name}: on the networks {service.get('networks')}"
    if not compose["networks"]["backend"].get("internal"):
        yield "backend: reaches outside"


def hardened(compose: Compose) -> Iterator[str]:
    """Nobody is root, gains rights, or writes outside of what it is given."""
    for name, service in compose["services"].items():
        if service.get("cap_drop") != ["ALL"] or service.get("cap_add"):
            yield f"{name}: keeps capabilities"
        if "no-new-privileges:true" not in service.get("security_opt", ()):
            yield f"{name}: may gain privileges"
        if service.get("privileged") or service.get("pid") or service.get("ipc") == "host":
            yield f"{name}: shares the machine"
        if service.get("read_only") is not (name not in NOT_READ_ONLY):
            yield f"{name}: its root file system may be written"
        user = str(service.get("user", "")).split(":")[0]
        if "build" not in service and user in ("", "0", "root"):
            yield f"{name}: runs as root"


def java(compose: Compose) -> Iterator[str]:
    """Java loads native libraries that it unpacks into /tmp; a tmpfs forbids that by itself."""
    for name, service in compose["services"].items():
        temporary = [mount for mount in service.get("tmpfs", ()) if mount.startswith("/tmp:")]
        loads_there = ["exec" in mount.partition(":")[2].split(",") for mount in temporary]
        if loads_there != ["/spark:" in service["image"]]:
            yield f"{name}: /tmp is {temporary}"


def volumes(compose: Compose) -> Iterator[str]:
    """What is written is in a named volume; what is mounted of the machine is read."""
    for name, service in compose["services"].items():
        for volume in service.get("volumes", ()):
            # A default value has a colon of its own.
            source, _, how = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).partition(":")
            if source not in compose["volumes"] and not how.endswith(":ro"):
                yield f"{name}: {volume} is neither named nor read-only"
            if "docker.sock" in volume:
                yield f"{name}: mounts the daemon's socket"


def secrets(compose: Compose) -> Iterator[str]:
    """Passwords are files, each given to whom it is for, all of them made by make."""
    if set(compose["secrets"]) != set(NAMES):
        yield f"secrets: {sorted(set(compose['secrets']) ^ set(NAMES))} are not made, or not used"
    for name, declared in compose["secrets"].items():
        if declared != {"file": f"./var/compose/secrets/{name}"}:
            yield f"{name}: {declared}"
    for name, service in compose["services"].items():
        given = service.get("environment", {})
        for variable, value in given.items():
            if re.search(r"(PASSWORD|SECRET|TOKEN|KEY)$", variable) and value:
                yield f"{name}: {variable} is a secret in the environment"
        text = " ".join([*map(str, given.values()), *map(str, service.get("command", ()))])
        used = set(re.findall(r"/run/secrets/(\w+)", text))
        if used != set(service.get("secrets", ())):
            yield f"{name}: uses {sorted(used)}, is given {service.get('secrets')}"


def identities(compose: Compose) -> Iterator[str]:
    """Each is itself to the broker and the database, and nobody else."""
    for name, service in compose["services"].items():
        given = service.get("environment", {})
        user = given.get("KAFKA_USERNAME") or given.get("KAFKA_SASL_USERNAME")
        if user:
            if user not in {*BROKER_USERS, "admin"}:
                yield f"{name}: {user} is no user of the broker"
            if f"kafka_{user}_password" not in service.get("secrets", ()):
                yield f"{name}: has not the password of {user}"
        passwords = " ".join(service.get("secrets", ()))
        roles = re.findall(r"postgres_(\w+)_password", passwords)
        for role in set(roles) - set(ROLES_OF.get(name, ())):
            yield f"{name}: is given the role {role}"
        if "kafka_admin_password" in passwords and name not in SUPERUSERS:
            yield f"{name}: is given the broker's superuser"


SUPERUSERS = ("redpanda", "night-setup")
ROLES_OF = {
    "postgres": ("admin",),
    "night-setup": ("admin", "loader", "transform", "reader"),
    "generator": ("loader",),
    "ingestion": ("loader",),
    "spark-processor": ("loader",),
    "spark-batch": ("loader",),
    "dbt": ("transform",),
    "verdict": ("loader", "reader"),
    "dashboard": ("reader",),
}


def commands(compose: Compose) -> Iterator[str]:
    """Each command and each health check of ours is there: a module, or a class in Spark's jars."""
    for name, service in compose["services"].items():
        for command in (service.get("command", ()), service.get("healthcheck", {}).get("test", ())):
            words = [str(word) for word in command]
            for flag, module in pairwise(words):
                if flag == "-m" and importlib.util.find_spec(module) is None:
                    yield f"{name}: there is no module {module}"
            for word in words:
                if word.startswith("org.apache.spark.") and not _in_sparks_jars(word):
                    yield f"{name}: there is no class {word}"


def variables(compose: Compose) -> Iterator[str]:
    """Each variable is one that somebody reads."""
    known = {
        alias
        for source in ROOT.glob("*/**/*.py")
        if source.relative_to(ROOT).parts[0] not in ("tests", "bench")
        for alias in _ALIAS.findall(source.read_text())
    } | READ_EVERYWHERE
    for name, service in compose["services"].items():
        foreign = set().union(*(v for k, v in FOREIGN_VARIABLES.items() if name.startswith(k)))
        for variable in service.get("environment", {}):
            if variable.removesuffix("_FILE") not in known and variable not in known | foreign:
                yield f"{name}: nobody reads {variable}"


POLICIES: tuple[Policy, ...] = (
    image_tags, health, order, no_sleep, memory, closed, hardened, java, volumes, secrets,
    identities, commands, variables,
)  # fmt: skip


def is_one_shot(service: dict[str, Any]) -> bool:
    """Say whether a service ends by itself and stays so."""
    return service.get("restart") == "no"


def bytes_of(size: str) -> int:
    """Return a size as Compose writes it."""
    return int(size[:-1]) * _SIZE[size[-1]]


def _in_sparks_jars(name: str) -> bool:
    spec = importlib.util.find_spec("pyspark")
    assert spec is not None and spec.origin is not None
    entry = name.replace(".", "/") + ".class"
    for jar in Path(spec.origin).parent.glob("jars/spark-core_*.jar"):
        with zipfile.ZipFile(jar) as archive:
            return entry in archive.namelist()
    return False
