import re

import pytest
from support.scenes import make_seats

from dashboard.hexmap.labels import three_letters


def labels(*names):
    return list(three_letters({name: name for name in names}).values())


def test_650_seats_have_650_labels_of_three_capitals():
    found = three_letters({s.constituency_id: s.name for s in make_seats()})
    assert len(found) == len(set(found.values())) == 650
    assert all(re.fullmatch(r"[A-Z]{3}", label) for label in found.values())


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Bolsover", "BOL"),
        ("Truro and Falmouth", "TRF"),
        ("Caithness, Sutherland and Easter Ross", "CSE"),
        ("North Down", "DON"),  # the point of the compass tells least
        ("Ynys Môn", "YNM"),
        ("Ely", "ELY"),
    ],
)
def test_a_label_is_made_of_the_name(name, label):
    assert labels(name) == [label]


def test_names_that_begin_alike_get_different_labels():
    assert len(set(labels("Bury", "Burnley", "Burton", "Bury St Edmunds"))) == 4


def test_equal_names_and_names_without_letters_get_labels_too():
    found = three_letters({"1": "Ham", "2": "Ham", "3": "42", "4": "O"})
    assert len(set(found.values())) == 4


def test_labels_do_not_depend_on_the_order_of_seats():
    names = {s.constituency_id: s.name for s in make_seats()}
    assert three_letters(names) == three_letters(dict(reversed(names.items())))
