"""A folder of files, replaced whole and only when they change, with an index of their ETags."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exports.tables import json_bytes

INDEX = "index.json"


def etag_of(content: bytes) -> str:
    """Return a file's ETag: the same bytes have the same one, wherever they are served."""
    return hashlib.sha256(content).hexdigest()[:32]


def replace(file: Path, content: bytes) -> None:
    """Write a file beside its place and move it there: a reader sees the old one or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.write_bytes(content)
    os.replace(new, file)


class ResultFolder:
    """The result files of one night; what is there of another night goes with the first write.

    Attributes:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._night, self._etags = _read_index(path / INDEX)

    def put(self, files: Mapping[str, bytes], about: Mapping[str, Any]) -> list[str]:
        """Make the folder hold these files; return the paths of those that were written.

        Files come before the index, so that what the index names is there; what it no longer
        names goes last.
        """
        etags = {path: etag_of(content) for path, content in files.items()}
        known = self._etags if about["night_id"] == self._night else {}
        changed = [path for path in files if known.get(path) != etags[path]]
        for path in changed:
            replace(self.path / path, files[path])
        if changed or about["night_id"] != self._night:
            listed = {
                path: {"etag": etags[path], "bytes": len(files[path])} for path in sorted(files)
            }
            replace(self.path / INDEX, json_bytes({"about": about, "files": listed}))
        for path in self._etags.keys() - etags.keys():
            (self.path / path).unlink(missing_ok=True)
        self._night, self._etags = about["night_id"], etags
        return changed


def _read_index(index: Path) -> tuple[str | None, dict[str, str]]:
    """Return night and ETags; none of an index that is not there, or is nobody's."""
    try:
        found = json.loads(index.read_bytes())
        return found["about"]["night_id"], {p: f["etag"] for p, f in found["files"].items()}
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None, {}
