"""Where this project keeps what it installs and what it runs with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class ProjectPaths:
    """Three folders: the repository, what was installed (`.runtime`), what runs (`var`)."""

    root: Path
    runtime: Path
    var: Path

    @classmethod
    def of_project(cls, base: Path | None = None) -> ProjectPaths:
        """Return the project's own folders; `base` replaces `var`, for tests and second nights."""
        var = PROJECT_ROOT / "var" if base is None else base.resolve()
        return cls(root=PROJECT_ROOT, runtime=PROJECT_ROOT / ".runtime", var=var)

    @property
    def jars(self) -> Path:
        """Jar folders, one per use."""
        return self.runtime / "jars"

    @property
    def logs(self) -> Path:
        """One log file per service."""
        return self.var / "logs"

    @property
    def run(self) -> Path:
        """Process registry, lock and chosen ports."""
        return self.var / "run"

    @property
    def scratch(self) -> Path:
        """Temporary files of what runs: emptied at every start and end, whatever was killed."""
        return self.var / "scratch"

    @property
    def secrets(self) -> Path:
        """Generated passwords, mode 0600."""
        return self.var / "secrets.json"
