"""From settings to the contest of this night: read or invented, at scale."""

from __future__ import annotations

from pathlib import Path

from election.errors import UserError
from election.settings import GeneratorSettings
from generators.contest import Contest

SYNTHETIC = "synthetic"


def contest_of(options: GeneratorSettings) -> Contest:
    """Return the scaled contest that the settings name.

    Raises:
        UserError: settings or files that do not make an election, with what to do.
    """
    from generators import official, scaling, synthetic

    scaling.check_scale(options.scale)
    if options.register_url:
        raise UserError(
            "REGISTER cannot be used yet",
            why="the register from an HTTP API is not built",
            fix="drop REGISTER: the synthetic election makes its own register",
        )
    if options.election == SYNTHETIC:
        _refuse_replay_settings(options)
        return scaling.scale(synthetic.make_contest(options.seed), options.scale)
    contest = official.read_contest(
        Path(options.election).expanduser(),
        polling_date=options.polling_date,
        hexjson=options.hexjson.expanduser() if options.hexjson else None,
        corrections=Path(options.corrections).expanduser() if options.corrections else None,
    )
    return scaling.scale(contest, options.scale)


def _refuse_replay_settings(options: GeneratorSettings) -> None:
    """A setting that would be ignored is a mistake to be told, not to be swallowed."""
    if options.corrections:
        raise UserError(
            "CORRECTIONS needs an ELECTION to correct",
            why="the synthetic election has no official results",
            fix="add ELECTION=<prefix of the first release>, or drop CORRECTIONS",
        )
    if options.hexjson:
        raise UserError(
            "HEXJSON needs an ELECTION",
            why="invented seats are on no map",
            fix="add ELECTION=<prefix>, or drop HEXJSON",
        )
