"""Terraform without a cloud: this machine's program, and a stand-in for the google provider."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cloud.hcl import resource_types

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "terraform"
REQUIREMENTS = ROOT / "requirements"
PROGRAMS = ROOT / "tests" / "terraform" / "stand_in"
CACHE = ROOT / ".runtime" / "terraform"
WITHIN_S = 300


@dataclass(frozen=True)
class Terraform:
    """A copy of terraform/ to run commands in; nothing is written to the repository."""

    folder: Path
    providers: str

    def run(self, *arguments, check=True):
        """Run a command; return it with its output. `check`: it must succeed."""
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=self._environment(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WITHIN_S,
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def messages(self, *arguments):
        """Run a command that answers in lines of JSON; return them, whether it succeeds or not."""
        return [json.loads(line) for line in self.run(*arguments, check=False).stdout.splitlines()]

    def _environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {
            "HOME": str(self.folder.parent),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": os.devnull,
            "TF_REATTACH_PROVIDERS": self.providers,
        }


def copy_of_modules(folder, providers):
    """Copy terraform/ below a folder, and return it for commands."""
    shutil.copytree(MODULES, folder / "terraform", ignore=shutil.ignore_patterns(".terraform*"))
    return Terraform(folder / "terraform", providers)


@contextmanager
def serving(world=None):
    """Serve the stand-in; yield what tells Terraform of it. In a folder `world` it makes things."""
    with TemporaryDirectory(prefix="terraform-") as folder:  # a socket's path must be short
        yield from _serving(stand_in(), Path(folder) / "provider.sock", [world] if world else [])


def _serving(made, socket, world):
    process = subprocess.Popen(
        [made / "venv" / "bin" / "python", PROGRAMS / "provider.py", made / "schema.json", socket,
         *world],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "ready\n"
        address = {"Network": "unix", "String": str(socket)}
        yield json.dumps(
            {
                "hashicorp/google": {
                    "Protocol": "grpc", "ProtocolVersion": 6, "Pid": process.pid, "Test": True,
                    "Addr": address,
                }
            }
        )  # fmt: skip
    finally:
        process.terminate()
        process.wait(30)


def stand_in():
    """Return the stand-in's folder: its Python, and the schema of the types that are used."""
    types = sorted(resource_types(MODULES))
    program = PROGRAMS / "schema.py"

    def add_schema(folder):
        _call(folder / "venv" / "bin" / "python", program, folder / "schema.json", *types)

    return _environment(
        "stand-in", REQUIREMENTS / "terraform.txt", program.read_bytes(), *types, then=add_schema
    )


def checkov():
    """Return the program that knows what others found dangerous."""
    folder = _environment("checkov", REQUIREMENTS / "checkov.txt")
    return folder / "venv" / "bin" / "checkov"


def _environment(name, lock, *made_from, then=None):
    """Return a folder with the locked packages; once installed, it needs no network.

    Whatever it is made from is in its name: another lock, program or type makes another one.
    """
    digest = hashlib.sha256(repr((sys.version, lock.read_bytes(), made_from)).encode())
    folder = CACHE / f"{name}-{digest.hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            uv = ROOT / ".venv" / "bin" / "uv"
            _call(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv")
            # No dependencies but the listed ones: the provider's bindings are read, never imported.
            _call(uv, "pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python",
                  "--require-hashes", "--no-deps", "-r", lock)  # fmt: skip
            if then:
                then(folder)
            (folder / "ready").touch()
    return folder


def _call(*command):
    done = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=WITHIN_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
