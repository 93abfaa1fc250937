"""Turnout by personal attributes, attacked: small regions and uneven ones, look after look."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

import pytest
from support.disclosure import FEWEST, REFUSED, Look, disclosures, poll_disclosures
from support.events import CLOSES_AT, ELECTION_ID, OPENS_AT, POLLING_DATE
from support.handmade_night import NIGHT_ID
from support.handmade_rows import WALL, create_night, set_clock
from support.warehouse import insert, throwaway_warehouse

from election.events import AGE_BANDS, EDUCATION_LEVELS, SEXES
from election.tables import ANALYTICS, FACTS
from transform.invocation import Dbt
from transform.settings import TransformSettings

MADE = ("int_demographic_said", "demographic_turnout")
ONE_THREAD = ("--threads", "1", "--select")
CHECK = ("test", *ONE_THREAD, "small_cells_are_withheld")
QUARTER = timedelta(minutes=15)
PEOPLE = list(product(AGE_BANDS, SEXES, EDUCATION_LEVELS))
# How many electors of each age, sex and qualification a region has, at most: from few to many.
REGIONS = {f"R{number:02d}": 1 + number for number in range(40)}
# Large regions in which hardly anybody is of an age or has a qualification: one elector at most.
RARE = {
    f"{kind}{number}": lines
    for kind, lines in {
        "AGE": ("18-24",), "AGES": ("18-24", "75+"), "LEVEL": ("other",),
        "BOTH": ("18-24", "other"),
    }.items()
    for number in range(3)
}  # fmt: skip
REGIONS |= dict.fromkeys(RARE, 60)
# Hardly anybody of the two youngest ages comes, at the first look and then one by one.
STILL, YOUNG = "STILL", AGE_BANDS[:2]
REGIONS[STILL] = 60
ONE_MORE, NOBODY_MORE = "R39", "R38"  # a person and nobody between the second look and the third
PARTIES = ("Con", "Lab", "LD", "Grn", "Ind")
# How many answers of a qualification name a party, at most: few of all, of some, of none.
POLLS = {"few": (0, 12), "some": (0, 60), "enough": (10, 900)}
COLUMNS = ("region_id", "characteristic", "characteristic_value", "sex", "registered",
           "ballots_issued", "is_suppressed", "snapshot_at", "turnout")  # fmt: skip


@dataclass
class Town:
    """Electors and ballots issued by region and person: the truth."""

    registered: dict = field(default_factory=dict)
    issued: dict = field(default_factory=dict)

    def issue(self, draw, share, but=()):
        for cell, electors in self.registered.items():
            if cell[0] not in but:
                left = electors - self.issued[cell]
                self.issued[cell] += sum(draw.random() < share for _ in range(left))

    def of(self, counts, region):
        """Return the cells of a region's two tables."""
        cells = defaultdict(int)
        for (where, age, sex, education), number in counts.items():
            if where == region:
                cells["age_band", age, sex] += number
                cells["education", education, sex] += number
        return dict(cells)


@dataclass
class Seen:
    """What each look showed, and the truth behind it."""

    at: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    truth: list = field(default_factory=list)
    checked: list = field(default_factory=list)
    polls: dict = field(default_factory=dict)
    too_soon: list = field(default_factory=list)


def a_town(draw):
    town = Town()
    for region, most in REGIONS.items():
        for person in PEOPLE:
            is_rare = any(line in person for line in RARE.get(region, ()))
            fewest = most if region == STILL else 0
            town.registered[region, *person] = draw.randint(fewest, 1 if is_rare else most)
    town.issued = dict.fromkeys(town.registered, 0)
    return town


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    draw, seen = random.Random(1), Seen()
    town = a_town(draw)
    with pytest.MonkeyPatch.context() as patch, throwaway_warehouse() as warehouse:
        for name, value in warehouse.environment().items():
            patch.setenv(name, value)
        with warehouse.connect() as admin:
            create_night(admin, NIGHT_ID)
            dbt = Dbt(TransformSettings(target_path=tmp_path_factory.mktemp("t")), NIGHT_ID,
                      is_final=False)  # fmt: skip
            upstream = ("run", "--select", *(f"+{name}" for name in (*MADE, "party_by_education")))
            assert dbt.run(upstream).problems == ()

            def look(at: datetime, runner=dbt):
                set_clock(admin, NIGHT_ID, at)
                write(admin, town)
                assert runner.run(("run", *ONE_THREAD, *MADE)).problems == ()
                seen.checked.append(runner.run(CHECK))
                names = ", ".join(COLUMNS)
                rows = warehouse.rows(f"select {names} from marts.demographic_turnout",
                                      role="reader")  # fmt: skip
                seen.at.append(at)
                seen.rows.append([dict(zip(COLUMNS, row, strict=True)) for row in rows])
                seen.truth.append(dict(town.issued))

            for number, share in enumerate((0.3, 0.3, 0, 0.1, 0.05, 0.4)):
                town.issue(draw, share, but={STILL, *((NOBODY_MORE,) if number == 2 else ())})
                issue_in_the_still_region(town, number)
                if number == 2:
                    one_more(town)
                look(OPENS_AT + (number + 1) * QUARTER)
            town.issue(draw, 0.2, but={STILL})
            look(OPENS_AT + 6 * QUARTER + timedelta(minutes=14))
            look(OPENS_AT + 6 * QUARTER + timedelta(minutes=14), dbt.final())

            def poll(answers, expected):
                account(admin, expected)
                write_answers(admin, answers)
                made = ("run", *ONE_THREAD, "party_by_education", "--full-refresh")
                assert dbt.run(made).problems == ()
                return warehouse.rows(
                    "select education, party_abbreviation, answers, answers_in_all,"
                    " answers_refused from marts.party_by_education", role="reader")  # fmt: skip

            set_clock(admin, NIGHT_ID, CLOSES_AT + timedelta(seconds=20))
            insert(admin, FACTS["seats"], [{
                "night_id": NIGHT_ID, "constituency_id": "S", "name": "S", "region_id": "R00",
                "region_name": "R00", "nation": "England", "electorate": 1, "station_count": 0,
                "previous_shares": [],
            }])  # fmt: skip
            for name, (fewest, most) in POLLS.items():
                answers = {(e, p): draw.randint(fewest, most) for e in EDUCATION_LEVELS
                           for p in (*PARTIES, REFUSED)}  # fmt: skip
                if not seen.polls:
                    seen.too_soon += poll(answers, sum(answers.values()) + 1)
                seen.polls[name] = answers, poll(answers, sum(answers.values()))
                seen.checked.append(dbt.run(CHECK))
    seen.registered = town.registered
    seen.town = town
    return seen


def one_more(town):
    person = next(c for c in town.issued
                  if c[0] == ONE_MORE and town.issued[c] < town.registered[c])  # fmt: skip
    town.issued[person] += 1


def issue_in_the_still_region(town, number):
    for (region, age, sex, education), electors in town.registered.items():
        if region == STILL and age not in YOUNG:
            town.issued[region, age, sex, education] += (electors - 15) // 6
        elif region == STILL and education == "degree":
            town.issued[region, age, sex, education] += 1 if number else 8


def write(admin, town):
    table = ANALYTICS["demographic_analysis"]
    admin.execute(f"delete from {table.full_name} where night_id = %s", (NIGHT_ID,))
    insert(admin, table, [
        {
            "night_id": NIGHT_ID, "election_id": ELECTION_ID, "polling_date": POLLING_DATE,
            "as_of": WALL, "ledger_version": 1, "region_id": region, "age_band": age, "sex": sex,
            "education": education, "registered": electors,
            "ballots_issued": town.issued[region, age, sex, education],
        }
        for (region, age, sex, education), electors in town.registered.items()
    ])  # fmt: skip


def account(admin, count):
    """Write how many answers one region has to have; it is the only one with a seat."""
    admin.execute("delete from intermediate.int_ballot_accounts_classified")
    admin.execute(
        "insert into intermediate.int_ballot_accounts_classified (night_id, account_kind,"
        " account_id, account_version, account_count, message_class) values"
        " (%s, 'exit_poll', 'R00', 1, %s, 'accepted')", (NIGHT_ID, count))  # fmt: skip


def write_answers(admin, answers):
    night = {
        "night_id": NIGHT_ID, "election_id": ELECTION_ID, "polling_date": POLLING_DATE,
        "as_of": WALL, "ledger_version": 1, "region_id": "R00", "age_band": "-", "sex": "-",
    }  # fmt: skip
    table = ANALYTICS["exit_poll_estimates"]
    admin.execute(f"delete from {table.full_name} where night_id = %s", (NIGHT_ID,))
    insert(admin, table, [
        {**night, "education": education, "party_abbreviation": party, "answers": number}
        for (education, party), number in answers.items()
    ])  # fmt: skip


def look_of(seen, number, region):
    """Return what a region's look said that the one before it had not."""
    before = {key(r): r for r in seen.rows[number - 1]} if number else {}
    said = {
        key(r)[1:]: r["ballots_issued"] for r in seen.rows[number]
        if r["region_id"] == region and not r["is_suppressed"]
        and (key(r) not in before or before[key(r)]["ballots_issued"] != r["ballots_issued"])
    }  # fmt: skip
    town = seen.town
    return Look(said, town.of(seen.truth[number], region), town.of(town.registered, region))


def key(row):
    return tuple(row[name] for name in COLUMNS[:4])


def test_every_look_passes_its_check_also_two_of_one_quarter(seen):
    assert [outcome.problems for outcome in seen.checked] == [()] * (len(seen.at) + len(POLLS))


@pytest.mark.parametrize("region", REGIONS)
def test_no_group_under_ten_can_be_worked_out(seen, region):
    looks = [look_of(seen, number, region) for number in range(len(seen.at))]
    assert list(disclosures(looks)) == []


def test_regions_with_lines_never_said_are_shown_but_for_their_company(seen):
    for region, lines in RARE.items():
        shown = {key(r)[1:3] for r in seen.rows[-1]
                 if r["region_id"] == region and not r["is_suppressed"]}  # fmt: skip
        assert len(shown) >= len(AGE_BANDS) + len(EDUCATION_LEVELS) - 2 * max(len(lines), 2), region
        assert not {value for _, value in shown} & set(lines)


def test_the_same_looks_with_every_cell_of_ten_shown_would_be_found(seen):
    """So that the attack above is one: hiding small cells alone is not enough."""
    town, found = seen.town, []
    for region in list(REGIONS)[10:20]:
        looks = []
        for truth in seen.truth:
            cells = town.of(truth, region)
            large = {cell: people for cell, people in cells.items() if people >= FEWEST}
            looks.append(Look(large, cells, town.of(town.registered, region)))
        found += disclosures(looks)
    assert len(found) > 50


def test_what_is_shown_was_true_when_it_is_said_to_be(seen):
    truth_at = {
        (at, region, *cell): people
        for at, truth in zip(seen.at[:6], seen.truth, strict=False)
        for region in REGIONS
        for cell, people in seen.town.of(truth, region).items()
    }
    shown = [r for rows in seen.rows[:6] for r in rows if not r["is_suppressed"]]
    assert len(shown) > 2000
    for r in shown:
        assert r["ballots_issued"] == truth_at[r["snapshot_at"], *key(r)]
        assert r["turnout"] == r["ballots_issued"] / r["registered"]


def test_what_is_withheld_is_null_and_not_zero(seen):
    withheld = [r for rows in seen.rows for r in rows if r["is_suppressed"]]
    assert withheld
    assert {(r["registered"], r["ballots_issued"], r["turnout"]) for r in withheld} == {
        (None, None, None)
    }


@pytest.mark.parametrize("region", [ONE_MORE, NOBODY_MORE])
def test_one_person_later_the_tables_are_as_they_were(seen, region):
    second, third = ([r for r in rows if r["region_id"] == region] for rows in seen.rows[1:3])
    assert any(not r["is_suppressed"] for r in second)
    assert sorted(second, key=key) == sorted(third, key=key)


def test_between_two_quarters_nothing_is_said_anew_until_the_end(seen):
    sixth, within, last = (sorted(rows, key=key) for rows in seen.rows[5:8])
    assert within == sixth
    assert sum(a != b for a, b in zip(within, last, strict=True)) > 20


def test_large_regions_are_shown_in_full(seen):
    of_the_largest = [r for r in seen.rows[-1] if r["region_id"] == "R39"]
    assert len(of_the_largest) == 2 * (len(AGE_BANDS) + len(EDUCATION_LEVELS))
    assert not any(r["is_suppressed"] for r in of_the_largest)


@pytest.mark.parametrize("poll", POLLS)
def test_no_few_answers_of_the_exit_poll_can_be_worked_out(seen, poll):
    truth, rows = seen.polls[poll]
    shown = {(education, party): n for education, party, n, _, _ in rows if n is not None}
    shown |= {(education, REFUSED): n for education, _, _, _, n in rows if n is not None}
    totals = {education: n for education, _, _, n, _ in rows if n is not None}
    assert shown.items() <= truth.items()
    assert list(poll_disclosures(truth, shown, totals)) == []
    large = {choice: n for choice, n in truth.items() if n >= FEWEST}
    if poll == "some":  # so that the attack above is one
        assert list(poll_disclosures(truth, large, totals)) != []
    if poll == "enough":
        assert shown == truth


def test_no_estimate_is_made_while_an_answer_is_missing(seen):
    assert seen.too_soon == []
    assert all(rows for _, rows in seen.polls.values())
