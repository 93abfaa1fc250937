"""The Dockerfiles as data: which stage, from what, with which lock, what is copied."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from support.compose import services
from support.imports import ROOT


@dataclass(frozen=True)
class Dockerfile:
    """One file; instructions with continued lines joined."""

    path: Path
    instructions: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: Path) -> Dockerfile:
        """Read a file below the project's root."""
        text = re.sub(r"^\s*#.*\n", "", (ROOT / path).read_text(), flags=re.MULTILINE)
        lines = re.sub(r"\\\n", " ", text).splitlines()
        found = (line.split(None, 1) for line in lines if line.strip())
        return cls(path, tuple((word.upper(), rest.strip()) for word, rest in found))

    def all(self, word: str) -> list[str]:
        """Return what stands after an instruction, each time."""
        return [rest for name, rest in self.instructions if name == word]

    @property
    def last_stage(self) -> Dockerfile:
        """What the image itself is made by."""
        start = max(i for i, (word, _) in enumerate(self.instructions) if word == "FROM")
        return Dockerfile(self.path, self.instructions[start:])

    @property
    def copied(self) -> list[str]:
        """Folders and files of the project that are copied."""
        copies = [rest for rest in self.all("COPY") if not rest.startswith("--from")]
        return [source for rest in copies for source in rest.split()[:-1]]

    @property
    def lock(self) -> str:
        """The name of its lock below requirements/."""
        [name] = [Path(s).stem for s in self.copied if s.startswith("requirements/")]
        return name

    @property
    def modules(self) -> list[str]:
        """What the services of this image run: modules that `python -m` is given."""
        mine = [
            s for s in services().values() if s.get("build", {}).get("dockerfile") == str(self.path)
        ]
        texts = (" ".join([*s["command"], *s.get("healthcheck", {}).get("test", ())]) for s in mine)
        found = {m for text in texts for m in re.findall(r"-m (\S+)|(dashboard/app)\.py", text)}
        names = {(first or second).replace("/", ".") for first, second in found}
        ours = {name for name in names if (ROOT / name.split(".")[0] / "__init__.py").exists()}
        return sorted(f"{n}.__main__" if (ROOT / n).is_dir() else n for n in ours)


ALL = tuple(
    Dockerfile.read(path)
    for path in sorted(
        {Path(s["build"]["dockerfile"]) for s in services().values() if "build" in s}
    )
)
