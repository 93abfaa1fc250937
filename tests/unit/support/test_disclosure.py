"""The attacker finds what is planted: in one table, between two, and between two looks."""

from itertools import product

import pytest
from support.disclosure import Look, disclosures, poll_disclosures

SEXES = ("female", "male")
AGES, LEVELS = ("18-24", "25-34", "35-44"), ("degree", "gcse", "none")


def people(age_counts, level_counts):
    """Return cells of both tables from counts by line: female, male, line after line."""
    cells = dict(zip((("age", *c) for c in product(AGES, SEXES)), age_counts, strict=True))
    return cells | dict(
        zip((("level", *c) for c in product(LEVELS, SEXES)), level_counts, strict=True)
    )


TRUTH = people([4, 20, 30, 40, 50, 60], [24, 30, 30, 40, 30, 50])
REGISTERED = dict.fromkeys(TRUTH, 500)


def look(*withheld, truth=TRUTH, registered=REGISTERED):
    """Look at everything but some lines, or some cells."""
    said = {c: n for c, n in truth.items() if c not in withheld and c[:2] not in withheld}
    return Look(said, truth, registered)


def found(*looks):
    return list(disclosures(looks))


def test_lines_in_company_tell_nothing():
    assert found(look(("age", "18-24"), ("age", "25-34"))) == []


def test_a_small_cell_that_is_said_is_found():
    assert any("('age', '18-24', 'female')" in line for line in found(look()))


def test_a_cell_alone_is_found_by_the_total_of_the_region():
    assert "('age', '18-24', 'female')" in found(look(("age", "18-24", "female")))[0]


def test_a_line_alone_is_found_by_the_other_table():
    truth = people([4, 20, 30, 40, 50, 60], [24, 30, 30, 40, 30, 50])
    lines = found(look(("age", "18-24"), truth=truth))
    assert any("('age', '18-24', 'female')" in line and "4 people" in line for line in lines)


def test_a_line_alone_is_safe_from_the_total_while_the_other_table_is_withheld_too():
    # Then only the sum of both sexes follows: 24 people, which is no small group.
    assert found(look(("age", "18-24"), *(("level", name) for name in LEVELS))) == []


def test_two_lines_with_few_people_between_them_are_found():
    truth = people([4, 20, 3, 40, 57, 60], [24, 30, 20, 40, 20, 50])
    lines = found(look(("age", "18-24"), ("age", "25-34"), truth=truth))
    assert any("the rest of ('age', 'female')" in line for line in lines)


def test_one_person_later_is_found():
    truth = people([14, 20, 30, 40, 50, 60], [34, 30, 30, 40, 30, 50])
    later = truth | {("age", "18-24", "female"): 15, ("level", "none", "female"): 31}
    lines = found(look(truth=truth), look(truth=later))
    assert any("look 1, cell ('age', '18-24', 'female'): 15 people, 14 before" in x for x in lines)


def test_what_stays_as_it_was_said_tells_nothing_later():
    truth = people([14, 20, 30, 40, 50, 60], [34, 30, 30, 40, 30, 50])
    later = truth | {("age", "18-24", "female"): 15, ("level", "none", "female"): 31}
    assert found(look(truth=truth), Look({}, later, REGISTERED)) == []


@pytest.mark.parametrize("left", [0, 9])
def test_a_group_of_which_nearly_all_came_is_found(left):
    truth = people([14, 20, 30, 40, 50, 60], [34, 30, 30, 40, 30, 50])
    registered = REGISTERED | {("age", "18-24", "male"): 20 + left}
    assert any(f"{left} others" in line for line in found(look(truth=truth, registered=registered)))


def test_a_line_never_said_is_known_by_the_register_once_every_other_was():
    # Six women and six men, alone at no look: their partner is said at the next.
    registered = REGISTERED | {("age", "18-24", sex): 6 for sex in SEXES}
    registered |= {("level", "none", sex): 6 + 500 - 200 for sex in SEXES}
    registered |= {("level", "gcse", sex): 200 for sex in SEXES}
    truth = people([4, 4, 30, 40, 50, 60], [24, 30, 30, 34, 30, 40])
    more = {"18-24": 0, "25-34": 30, "35-44": 30}  # and 20 of every level
    later = {cell: n + more.get(cell[1], 20) for cell, n in truth.items()}
    first = look(("age", "18-24"), ("age", "25-34"), truth=truth, registered=registered)
    second = look(("age", "18-24"), ("age", "35-44"), truth=later, registered=registered)
    assert found(first) == []
    assert [line for line in found(first, second) if "female" in line] == [
        "register, cell ('age', '18-24', 'female'): 6 electors",
        "register, the rest of ('age', 'female'): 6 electors",
    ]


POLL = {
    ("degree", "Con"): 30, ("degree", "Lab"): 4, ("degree", "LD"): 12, ("degree", "-"): 15,
    ("gcse", "Con"): 50, ("gcse", "Lab"): 40, ("gcse", "LD"): 30, ("gcse", "-"): 25,
}  # fmt: skip
IN_ALL = {"degree": 46, "gcse": 120}


def shown_but(*withheld):
    return {choice: answers for choice, answers in POLL.items() if choice not in withheld}


def test_a_small_choice_in_company_tells_nothing():
    shown = shown_but(("degree", "Lab"), ("degree", "LD"))
    assert list(poll_disclosures(POLL, shown, IN_ALL)) == []


def test_a_small_choice_alone_is_found_by_the_total_of_its_qualification():
    found_ = list(poll_disclosures(POLL, shown_but(("degree", "Lab")), IN_ALL))
    assert "cell ('degree', 'Lab'): 4 answers" in found_


def test_a_small_choice_without_that_total_is_found_by_all_answers():
    found_ = list(poll_disclosures(POLL, shown_but(("degree", "Lab")), {"gcse": 120}))
    assert "cell ('degree', 'Lab'): 4 answers" in found_
