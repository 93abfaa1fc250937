"""Official results as a contest at 1:1, from the House of Commons Library's two files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from election.errors import UserError
from election.geography import GENERAL_ELECTIONS
from election.ids import election_id
from election.telemetry import get_logger
from generators import official_candidacies, official_constituencies
from generators.contest import CANDIDATES, PREVIOUS, SEATS, SUPERSEDED, Contest
from generators.corrections import supersede
from generators.hexjson import place_seats, read_hexes
from generators.official_candidacies import Nomination, read_nominations
from generators.official_checks import check_sums
from generators.official_constituencies import Seat, read_seats
from generators.official_files import read_table
from generators.official_parties import read_summary, summary_text
from generators.timetable import declaration_times

_SUFFIXES = (official_constituencies.FILE_SUFFIX, official_candidacies.FILE_SUFFIX)


def read_contest(
    prefix: Path,
    *,
    polling_date: date | None = None,
    hexjson: Path | None = None,
    corrections: Path | None = None,
) -> Contest:
    """Read `<prefix>_constituencies.csv` and `<prefix>_candidacies.csv`.

    Args:
        prefix: path and beginning of both files' names; its year gives the polling day.
        polling_date: the polling day, where the name has no year or another one is meant.
        hexjson: a hex map of the constituencies.
        corrections: prefix of the files with the corrected results; `prefix` then holds what was
            declared first.

    Raises:
        UserError: a file is missing or does not add up; it names file, row and column.
    """
    files = _find_files(prefix)
    day = polling_date or polling_date_of(prefix)
    contest = _read(files, day)
    if corrections is not None:
        contest = supersede(contest, _read(_find_files(corrections, "CORRECTIONS"), day))
    if hexjson is not None:
        seats = place_seats(contest.seats, read_hexes(hexjson), hexjson)
        contest = Contest(**{**vars(contest), "seats": seats})
    return contest


def polling_date_of(prefix: Path) -> date:
    """Return the polling day of the general election whose year the prefix names."""
    years = {int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", prefix.name)}
    known = sorted(years & GENERAL_ELECTIONS.keys())
    if len(known) != 1:
        raise UserError(
            f"the polling day of {prefix.name} is not known",
            why="its name holds no year of a general election from "
            f"{min(GENERAL_ELECTIONS)} to {max(GENERAL_ELECTIONS)}, or more than one",
            fix="set POLLING_DATE=YYYY-MM-DD",
        )
    return GENERAL_ELECTIONS[known[0]]


def _find_files(prefix: Path, setting: str = "ELECTION") -> tuple[Path, Path]:
    """Return both files of a prefix; one file's own name stands for its prefix."""
    for suffix in _SUFFIXES:
        if prefix.name.endswith(suffix):
            prefix = prefix.with_name(prefix.name.removesuffix(suffix))
    paths = [Path(f"{prefix}{suffix}") for suffix in _SUFFIXES]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise UserError(
            f"{setting}={prefix}: there is no such election",
            why=f"looked for {' and '.join(map(str, paths))}; "
            f"not there: {', '.join(str(path) for path in missing)}",
            fix=f"set {setting} to the path and prefix of both files, for example "
            "../shared/data/ge2017" + (", or to synthetic" if setting == "ELECTION" else ""),
        )
    return paths[0], paths[1]


def _read(files: tuple[Path, Path], day: date) -> Contest:
    table = read_table(files[0], official_constituencies.REQUIRED)
    seats = read_seats(table, day)
    names = {seat.constituency_id: seat.name for seat in seats}
    candidacies = read_table(files[1], official_candidacies.REQUIRED)
    standing: dict[str, list[Nomination]] = {seat: [] for seat in names}
    for nomination in read_nominations(candidacies, names):
        standing[nomination.constituency_id].append(nomination)
    check_sums(table, seats, standing)
    return Contest(
        election_id=election_id(day.isoformat(), synthetic=False),
        title=f"UK general election of {day.day} {day:%B %Y} (replay of official results)",
        is_synthetic=False,
        polling_date=day,
        scale=1,
        seats=_seats_frame(seats, standing, day),
        candidates=_candidates_frame(standing),
        previous=_previous_frame(standing),
        superseded=pl.DataFrame(schema=SUPERSEDED),
    )


def winner_of(standing: Sequence[Nomination]) -> Nomination | None:
    """Return who has most votes; None where first place is shared."""
    most = max(nomination.votes for nomination in standing)
    first = [nomination for nomination in standing if nomination.votes == most]
    return first[0] if len(first) == 1 else None


def _result(seat: Seat, standing: Sequence[Nomination]) -> tuple[str | None, str | None]:
    """Return the result in words and the previous winner, both None where unknown.

    The votes decide who won; the file's own words only tell who held the seat before.
    """
    text = seat.row.text("Result")
    winner = winner_of(standing)
    stated = read_summary(text)
    previous = stated.previous_winner if stated else None
    if winner is None:
        get_logger().warning("first place is shared: a tie", constituency=seat.constituency_id)
        return f"tie; {previous} held the seat" if previous else "tie", previous
    if stated is None:
        return text or None, previous
    if stated.winner != winner.party_abbreviation:
        get_logger().warning(
            "the words of the result name another winner than the votes",
            file=seat.row.file, row=seat.row.line, result=text,
        )  # fmt: skip
    return summary_text(winner.party_abbreviation, stated.previous_winner), previous


def _seats_frame(
    seats: Sequence[Seat], standing: Mapping[str, Sequence[Nomination]], day: date
) -> pl.DataFrame:
    modelled = declaration_times(
        [seat.constituency_id for seat in seats],
        [seat.region.region_id for seat in seats],
        [day] * len(seats),
        [_majority(standing[seat.constituency_id]) for seat in seats],
        seed=0,  # the files are all there is: the same ones give the same night
        one_next_day=not any(seat.declared for seat in seats),
    )
    rows = []
    for seat, model in zip(seats, modelled, strict=True):
        summary, previous = _result(seat, standing[seat.constituency_id])
        numbers = (seat.electorate, seat.valid_votes, seat.rejected_ballots)
        rows.append(
            (
                seat.constituency_id,
                seat.name,
                seat.region.region_id,
                seat.region.name,
                seat.region.nation,
                *numbers,
                *numbers,
                seat.declared.polls_on if seat.declared else day,
                seat.declared.declared_at if seat.declared else model,
                summary,
                previous,
                None,
                None,
                False,
            )
        )
    return pl.DataFrame(rows, schema=SEATS, orient="row")


def _majority(standing: Sequence[Nomination]) -> int:
    first, second = [*sorted((n.votes for n in standing), reverse=True), 0][:2]
    return first - second


def _candidates_frame(standing: Mapping[str, Sequence[Nomination]]) -> pl.DataFrame:
    rows = []
    for group in standing.values():
        winner = winner_of(group)
        rows += [
            (
                n.candidate_id,
                n.constituency_id,
                n.ballot_order,
                n.name,
                n.party_id,
                n.party_name,
                n.party_abbreviation,
                n.is_incumbent,
                n.votes,
                n.votes,
                n is winner,
            )
            for n in group
        ]
    return pl.DataFrame(rows, schema=CANDIDATES, orient="row")


def _previous_frame(standing: Mapping[str, Sequence[Nomination]]) -> pl.DataFrame:
    """Return known previous shares; none for a party with two candidates in a seat."""
    rows = []
    for seat, group in standing.items():
        parties = [n.party_abbreviation for n in group]
        rows += [
            (seat, n.party_abbreviation, n.previous_share)
            for n in group
            if n.previous_share is not None and parties.count(n.party_abbreviation) == 1
        ]
    return pl.DataFrame(rows, schema=PREVIOUS, orient="row")
