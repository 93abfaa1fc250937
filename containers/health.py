"""`python -m containers.health <stage>`: what a stage last said of itself, as an exit code."""

from __future__ import annotations

import sys

import psycopg

from election.errors import UserError
from election.settings import NightSettings, PostgresSettings, read_settings

# The role that each stage has anyway; every one of them may read `ops`.
ROLE_OF_STAGE = {
    "generator": "loader",
    "ingestion": "loader",
    "spark": "loader",
    "dbt": "transform",
}
UP = ("ready", "running", "done", "stopped")
SILENT_S = 180.0  # a full run of dbt says nothing for a minute or two

_SAID = """
select state, extract(epoch from now() - updated_at)::float from ops.stage_status
where night_id = %s and stage = %s
"""


def is_up(state: str, silent_s: float) -> bool:
    """Say whether a stage that said this, so long ago, does its part (pure)."""
    return state in ("done", "stopped") or (state in UP and silent_s <= SILENT_S)


def main() -> int:
    """Return 0 for a stage that is up, 1 for one that is not, 2 if that cannot be asked."""
    [stage] = sys.argv[1:] or ["generator"]
    try:
        postgres, night = read_settings(PostgresSettings), read_settings(NightSettings)
        with psycopg.connect(
            **postgres.connect_arguments(ROLE_OF_STAGE[stage]),  # type: ignore[arg-type]
            connect_timeout=3,
        ) as connection:
            row = connection.execute(_SAID, (night.night_id, stage)).fetchone()
    except UserError as error:
        print("\n".join(error.lines()), file=sys.stderr)  # noqa: T201
        return 2
    except psycopg.Error as error:
        print(f"{stage}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    said = f"{stage} is {row[0]}, {row[1]:.0f} s ago" if row else f"{stage} has said nothing yet"
    print(said)  # noqa: T201
    return 0 if row and is_up(*row) else 1


if __name__ == "__main__":
    sys.exit(main())
