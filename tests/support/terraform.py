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

from cloud.hcl import resource_types

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "terraform"
LOCK = ROOT / "requirements" / "terraform.txt"
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
def serving(folder):
    """Serve the stand-in from a socket in a folder; yield what tells Terraform of it."""
    made, socket = stand_in(), folder / "provider.sock"
    process = subprocess.Popen(
        [made / "venv" / "bin" / "python", PROGRAMS / "provider.py", made / "schema.json", socket],
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
    """Return the stand-in's folder; the first call installs it, later ones need no network.

    Whatever it is made from is in the folder's name: another lock, program or type of resource
    makes another one.
    """
    types = sorted(resource_types(MODULES))
    made_from = [
        LOCK.read_bytes(), (PROGRAMS / "schema.py").read_bytes(), json.dumps(types).encode(),
        sys.version.encode(),
    ]  # fmt: skip
    folder = CACHE / hashlib.sha256(b"\0".join(made_from)).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _install(folder, types)
            (folder / "ready").touch()
    return folder


def _install(folder, types):
    uv, python = ROOT / ".venv" / "bin" / "uv", folder / "venv" / "bin" / "python"
    _call(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv")
    # No dependencies but the listed ones: the bindings are read, and never imported.
    _call(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "--no-deps",
          "-r", LOCK)  # fmt: skip
    _call(python, PROGRAMS / "schema.py", folder / "schema.json", *types)


def _call(*command):
    done = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=WITHIN_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
