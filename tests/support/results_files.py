"""Results files in the layout of the House of Commons Library, small and made up by the test."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

Cells = dict[str, str]

REGION_NAMES = {
    "E12000002": "North West",
    "E12000007": "London",
    "S92000003": "Scotland",
    "W92000004": "Wales",
    "N92000002": "Northern Ireland",
}
PARTY_NAMES = {
    "Con": ("Conservative", "PP52"),
    "Lab": ("Labour", "PP53"),
    "LD": ("Liberal Democrat", "PP90"),
    "SNP": ("Scottish National Party", "PP102"),
    "Green": ("Green Party", "PP63"),
    "Ind": ("Independent", ""),
    "Spk": ("Speaker", ""),
}
COLUMNS_OF_PARTIES = ("Con", "Lab", "LD", "Green", "SNP")


@dataclass
class ResultsFiles:
    """Both files as rows of text, to be changed by a test before they are written."""

    constituencies: list[Cells] = field(default_factory=list)
    candidacies: list[Cells] = field(default_factory=list)

    def add(
        self,
        code: str,
        name: str,
        region: str,
        votes: Iterable[tuple[str, str, int]],
        *,
        result: str,
        declared: str = "09/06/2017 02:41",
        electorate: int = 60_000,
        invalid: int = 57,
    ) -> ResultsFiles:
        """Add a seat; `votes` are (party abbreviation, candidate's surname, votes) in order."""
        votes = list(votes)
        place = {
            "ONS ID": code, "ONS region ID": region, "Constituency name": name,
            "County name": "Shire", "Region name": REGION_NAMES[region],
            "Country name": "England", "Constituency type": "County",
        }  # fmt: skip
        by_party = {p: sum(n for q, _, n in votes if q == p) for p in COLUMNS_OF_PARTIES}
        total = sum(n for *_, n in votes)
        ranked = sorted(votes, key=lambda vote: -vote[2])
        self.constituencies.append(
            {
                **place, "Declaration time": declared, "Member first name": "A",
                "Member surname": ranked[0][1], "Member gender": "Female", "Result": result,
                "First party": ranked[0][0],
                "Second party": ranked[1][0] if len(ranked) > 1 else "",
                "Electorate": str(electorate), "Valid votes": str(total),
                "Invalid votes": str(invalid),
                "Majority": str(ranked[0][2] - (ranked[1][2] if len(ranked) > 1 else 0)),
                **{party: str(count) for party, count in by_party.items()},
                "All other candidates": str(total - sum(by_party.values())),
            }
        )  # fmt: skip
        for party, surname, count in votes:
            party_name, commission_id = PARTY_NAMES.get(party, (f"{party} Party", ""))
            self.candidacies.append(
                {
                    **place, "Party name": party_name, "Party abbreviation": party,
                    "Electoral Commission party ID": commission_id, "MNIS party ID": "1",
                    "Electoral Commission adjunct party ID": "", "Candidate first name": "A",
                    "Candidate surname": surname, "Candidate gender": "Female",
                    "Sitting MP": "No", "Former MP": "No", "Member MNIS ID": "",
                    "Votes": str(count), "Share": f"{count / max(total, 1):.6f}",
                    "Change": "0.010000",
                }
            )  # fmt: skip
        return self

    def seat(self, name: str) -> Cells:
        """Return a seat's row."""
        return next(row for row in self.constituencies if row["Constituency name"] == name)

    def candidate(self, surname: str) -> Cells:
        """Return a nomination's row."""
        return next(row for row in self.candidacies if row["Candidate surname"] == surname)

    def change(self, column: str, change: Callable[[str], str]) -> ResultsFiles:
        """Change every cell of a column, in whichever file has it."""
        for row in (*self.constituencies, *self.candidacies):
            if column in row:
                row[column] = change(row[column])
        return self

    def drop(self, *columns: str) -> ResultsFiles:
        """Take columns out of both files."""
        for row in (*self.constituencies, *self.candidacies):
            for column in columns:
                row.pop(column, None)
        return self

    def rename(self, change: Callable[[str], str]) -> ResultsFiles:
        """Change the names of all columns."""
        for rows in (self.constituencies, self.candidacies):
            rows[:] = [{change(name): cell for name, cell in row.items()} for row in rows]
        return self

    def write(
        self,
        folder: Path,
        name: str = "ge2017",
        *,
        encoding: str = "utf-8",
        end_of_line: str = "\n",
        above: str = "",
    ) -> Path:
        """Write both files and return their prefix; `above` stands above the header."""
        for suffix, rows in (
            ("constituencies", self.constituencies),
            ("candidacies", self.candidacies),
        ):
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]), lineterminator=end_of_line)
            writer.writeheader()
            writer.writerows(rows)
            (folder / f"{name}_{suffix}.csv").write_bytes(
                (above + text.getvalue()).encode(encoding)
            )
        return folder / name


def small_election() -> ResultsFiles:
    """Return three seats: one held, one gained, one of the Speaker."""
    return (
        ResultsFiles()
        .add(
            "E14900001", "Millbrook", "E12000002",
            [("Con", "Archer", 15_000), ("Lab", "Baker", 20_000), ("LD", "Cook", 4_000)],
            result="Lab hold", declared="08/06/2017 23:05",
        )
        .add(
            "S14900002", "Glen Ardle", "S92000003",
            [("SNP", "Drummond", 18_001), ("Lab", "Elliot", 18_000), ("Con", "Fraser", 9_000)],
            result="SNP gain from Lab",
        )
        .add(
            "E14900003", "Priory Park", "E12000007",
            [("Spk", "Gale", 30_000), ("Green", "Hill", 8_000), ("Ind", "Ives", 3_000)],
            result="Spk hold", declared="09/06/2017 05:12",
        )
    )  # fmt: skip
