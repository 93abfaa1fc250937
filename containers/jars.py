"""`python -m containers.jars FOLDER`: brings Spark's extra jars into an image that is built."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from election.errors import UserError
from embedded import jars
from embedded.java import find_java
from embedded.paths import ProjectPaths


def main() -> int:
    """Download the jars, compare their checksums with the repository's, put them in the folder."""
    try:
        [folder] = sys.argv[1:]
        paths = replace(ProjectPaths.of_project(), runtime=Path(folder))
        jars.ensure(jars.SPARK, paths, find_java(paths))
        if problems := jars.problems(jars.SPARK, paths):
            raise UserError("these are not the expected jars", why="; ".join(problems), fix="stop")
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
