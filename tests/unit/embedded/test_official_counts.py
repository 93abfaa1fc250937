"""What the last screen shows beside the counted papers: the plan and the official result."""

from support.results_files import small_election

from embedded.summary import official_counts
from generators.official import read_contest
from generators.scaling import scale


def test_nobody_wins_a_tie_and_who_stands_alone_wins(tmp_path):
    files = small_election().add(
        "E14900004", "Evenholm", "E12000007",
        [("Con", "Jones", 10_000), ("Lab", "King", 10_000)], result="Con hold",
    ).add(
        "N14900005", "Alone", "N92000002", [("DUP", "Low", 0)], result="DUP hold", invalid=0
    )  # fmt: skip
    contest = scale(read_contest(files.write(tmp_path)), 1000)
    counts = official_counts(contest)
    seats = {party: (row["planned_seats"], row["seats"]) for party, row in counts.items()}
    assert seats == {
        "Lab": (1, 1), "SNP": (1, 1), "Spk": (1, 1), "DUP": (1, 1), "Con": (0, 0), "LD": (0, 0),
        "Green": (0, 0), "Ind": (0, 0),
    }  # fmt: skip
    assert counts["Con"]["votes"] == 34_000
    assert counts["Con"]["planned_votes"] == 34
