"""Six made-up seats: a tie, a seat with one candidate, a poll three weeks later.

Votes are whole hundreds, so that 1:100 is division.
"""

from __future__ import annotations

from support.results_files import ResultsFiles

SEAT = "E14900001"


def town(*, second: bool = False) -> ResultsFiles:
    """Return the files; in the second ones a seat has another winner."""
    snp, lab = (17_100, 19_000) if second else (18_100, 18_000)
    files = ResultsFiles()
    files.add(
        SEAT,
        "Millbrook",
        "E12000002",
        [("Con", "Archer", 15_000), ("Lab", "Baker", 20_000), ("LD", "Cook", 4_000)],
        result="Lab hold",
        declared="08/06/2017 23:55",
    )
    files.add(
        "S14900002",
        "Glen Ardle",
        "S92000003",
        [("SNP", "Drummond", snp), ("Lab", "Elliot", lab), ("Con", "Fraser", 9_000)],
        result="Lab hold" if second else "SNP gain from Lab",
    )
    files.add(
        "E14900003",
        "Priory Park",
        "E12000007",
        [("Spk", "Gale", 30_000), ("Green", "Hill", 8_000), ("Ind", "Ives", 3_000)],
        result="Spk hold",
        declared="09/06/2017 05:12",
    )
    files.add(
        "W07900004",
        "Evenholm",
        "W92000004",
        [("Con", "Jones", 10_000), ("Lab", "King", 10_000), ("LD", "Low", 4_500)],
        result="Con hold",
    )
    files.add("N06900005", "Solo", "N92000002", [("Lab", "Moss", 20_000)], result="Lab hold")
    files.add("E14900006", "Latecombe", "E12000007",
              [("Con", "Nash", 9_000), ("Lab", "Orr", 8_000)],
              result="Con hold", declared="30/06/2017 03:15")  # fmt: skip
    if second:
        # The result before was the same, whatever is found out about this one.
        for surname, first in (("Drummond", 18_100), ("Elliot", 18_000)):
            row = files.candidate(surname)
            previous = round(first / 45_100, 6) - 0.01
            row["Change"] = f"{float(row['Share']) - previous:.6f}"
    return files
