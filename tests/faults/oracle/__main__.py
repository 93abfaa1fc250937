"""`make oracle`: print where a night differs from its log; exit code 1 if it does anywhere."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

# This folder itself comes first on the path when it is run: its parent must, for the package.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from oracle.bigquery import IN_THE_ENVIRONMENT  # noqa: E402
from oracle.night import PROJECT, NotReadyError, environment_of  # noqa: E402
from oracle.oracle import Oracle  # noqa: E402


def main() -> int:
    """Look at the newest night of this folder, or at what the options say."""
    parser = argparse.ArgumentParser(prog="oracle", description=__doc__)
    parser.add_argument("--var", type=Path, default=PROJECT / "var", help="folder of the machine")
    parser.add_argument("--env-file", type=Path, help="lines of NAME=value instead of --var")
    parser.add_argument("--bootstrap", help="the broker's address")
    parser.add_argument("--night", help="a night's id; the current one if left out")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        found = Oracle(_environment(options)).differences()
    except NotReadyError as problem:
        print(problem, file=sys.stderr)
        return 2
    for line in found:
        print(line)
    verdict = f"{len(found)} differences" if found else "everything agrees with the broker's log"
    print(f"{verdict} ({time.monotonic() - began:.1f} s)")
    return 1 if found else 0


def _environment(options: argparse.Namespace) -> dict[str, str]:
    if options.env_file:
        lines = options.env_file.read_text().splitlines()
        found = dict(line.split("=", 1) for line in lines if "=" in line)
    elif "KAFKA_BOOTSTRAP_SERVERS" in os.environ and "POSTGRES_ADMIN_PASSWORD" in os.environ:
        found = dict(os.environ)
    else:
        found = environment_of(options.var)
    found |= {name: os.environ[name] for name in IN_THE_ENVIRONMENT if name in os.environ}
    given = {"KAFKA_BOOTSTRAP_SERVERS": options.bootstrap, "NIGHT_ID": options.night}
    return found | {name: value for name, value in given.items() if value}


if __name__ == "__main__":
    sys.exit(main())
