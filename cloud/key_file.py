"""A service account's key as a file: whether it is one, and who else can get at it (I/O)."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from cloud.finding import Finding

NEEDED = ("client_email", "private_key", "token_uri")
GIT_WITHIN_S = 10


def key_findings(text: str, root: Path) -> list[Finding]:
    """Return what is wrong with CREDENTIALS_FILE.

    Args:
        text: The setting.
        root: The project's folder, which is shared with others through git.
    """
    path = Path(text).expanduser()
    if broken := _broken(path):
        return [
            Finding(
                f"CREDENTIALS_FILE={text} is not a service account's key: {broken}",
                "make one in the console (IAM, Service accounts, Keys, JSON), or leave it out to"
                " use `gcloud auth application-default login`",
            )
        ]
    return list(_exposed(path.resolve(), root.resolve()))


def _broken(path: Path) -> str | None:
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return error.strerror or str(error)
    except ValueError:
        return "it is not JSON"
    if not isinstance(key, dict) or key.get("type") != "service_account":
        kind = key.get("type") if isinstance(key, dict) else None
        return f"its type is {kind or 'not said'}, not service_account"
    absent = [name for name in NEEDED if not key.get(name)]
    return f"it has no {', '.join(absent)}" if absent else None


def _exposed(path: Path, root: Path) -> Iterator[Finding]:
    if path.is_relative_to(root):
        if _is_tracked(path, root):
            yield Finding(
                f"the key {path.name} is tracked by git",
                f"delete the key in the console, since whoever has the repository has it; then"
                f" `git rm --cached {path.relative_to(root)}` and keep the new one elsewhere",
            )
        else:
            yield Finding(
                f"the key {path.name} is inside of this folder",
                "move it out, for example to ~/.config: one `git add .` would publish it",
                stops=False,
            )
    if stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(
            f"the key {path.name} can be read by other users", f"chmod 600 {path}", stops=False
        )


def _is_tracked(path: Path, root: Path) -> bool:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "ls-files", "--error-unmatch", "--", str(path)],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=GIT_WITHIN_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False  # without git nothing is tracked by it
    return done.returncode == 0
