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
    from generators import official, register_contest, register_spool, scaling, synthetic

    if options.register_url:
        check_register_settings(options)
        people = register_spool.read_register(options.spool_path)
        return register_contest.hold_among(synthetic.make_contest(options.seed), people)
    scaling.check_scale(options.scale)
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


def check_register_settings(options: GeneratorSettings) -> None:
    """Refuse settings that a register from an API does not go with.

    Raises:
        UserError: the election is a replay: its electorate is official.
    """
    if options.election != SYNTHETIC:
        raise UserError(
            f"REGISTER cannot be used with ELECTION={options.election}",
            why="a replay has the electorate of its results; people of an API can only be electors"
            " of the invented election",
            fix="drop ELECTION, or drop REGISTER",
        )
    _refuse_replay_settings(options)


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
