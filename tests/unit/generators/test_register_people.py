"""At the edge: what is kept of a person, who cannot be an elector, and why."""

import copy

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.register_server import person, personal_texts

from generators.register_people import (
    NO_AGE,
    NO_SEX,
    NOT_A_PERSON,
    PAGE,
    SEEN_BEFORE,
    UNDER_AGE,
    age_band,
    keep,
    people_in,
)

KEY = b"k" * 32


def people(count, page=1):
    return [person("s", page, row) for row in range(count)]


def with_age(age):
    return person("s", 1, age if type(age) is int else 0) | {"dob": {"date": "x", "age": age}}


def test_age_band_and_sex_are_kept_in_the_order_of_the_api():
    given_people = people(50)
    page = keep(given_people, KEY)
    assert page.people.schema == PAGE
    assert page.people["sex"].to_list() == [one["gender"] for one in given_people]
    assert page.people["age_band"].to_list() == [age_band(p["dob"]["age"]) for p in given_people]
    assert (page.received, page.dropped) == (50, {})


@pytest.mark.parametrize(
    ("age", "band"),
    [(18, "18-24"), (24, "18-24"), (25, "25-34"), (64, "55-64"), (74, "65-74"), (75, "75+"),
     (130, "75+")],
)  # fmt: skip
def test_ages_fall_into_the_bands_of_the_election(age, band):
    assert age_band(age) == band


def test_nothing_personal_is_left():
    given_people = people(30)
    page = keep(given_people, KEY)
    left = orjson.dumps([page.people.to_dicts(), page.dropped, page.digest]).decode()
    assert not [text for text in personal_texts(given_people) if text in left]


def test_people_under_18_are_dropped_and_counted():
    page = keep([with_age(17), with_age(0), with_age(18)], KEY)
    assert (page.people.height, page.received, page.dropped) == (1, 3, {UNDER_AGE: 2})


@pytest.mark.parametrize("age", [None, "41", 41.0, True, -1, 131, [], {}])
def test_an_age_that_is_none_is_a_reason_not_a_guess(age):
    assert keep([with_age(age)], KEY).dropped == {NO_AGE: 1}


@pytest.mark.parametrize("gender", [None, "", "Female", "other", 1, ["male"], {}])
def test_a_gender_that_the_register_does_not_know_is_a_reason(gender):
    assert keep([person("s", 1, 1) | {"gender": gender}], KEY).dropped == {NO_SEX: 1}


def test_what_is_no_person_is_counted_too():
    page = keep([None, 1, "x", [], {}, {"dob": 7}, *people(2)], KEY)
    assert page.dropped == {NOT_A_PERSON: 4, NO_AGE: 2}
    assert page.people.height == 2


def test_a_person_seen_before_is_dropped_on_the_page_and_across_pages():
    first = people(3)
    known = frozenset(keep(first, KEY).people["person"])
    page = keep([first[0], *people(2, page=2), person("s", 2, 0)], KEY, known)
    assert (page.people.height, page.dropped) == (2, {SEEN_BEFORE: 2})


def test_people_whom_the_api_does_not_tell_apart_are_all_kept():
    alike = {"gender": "male", "dob": {"age": 40}}
    page = keep([alike, copy.deepcopy(alike), alike | {"login": {"uuid": 7}}], KEY)
    assert (page.people.height, page.dropped) == (3, {})


def test_hashes_depend_on_the_key_and_a_page_has_one_of_its_own():
    one, other = keep(people(2), KEY), keep(people(2), b"o" * 32)
    assert set(one.people["person"]).isdisjoint(other.people["person"])
    assert one.digest != other.digest
    assert one.digest != keep(people(2)[::-1], KEY).digest
    assert keep([], KEY).digest == keep([], b"o" * 32).digest == ""


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"results": [', b"\xff\xfe", b"[]", b"{}", b'{"results": {}}',
             b'{"error": "Uh oh"}', b'{"results": [NaN]}'],
)  # fmt: skip
def test_a_reply_that_is_none_is_refused_without_quoting_it(body):
    with pytest.raises(ValueError, match="the reply") as refused:
        people_in(body)
    assert "Uh oh" not in str(refused.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["gender", "dob", "age", "login", "uuid"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=6))
def test_whatever_comes_everybody_is_kept_or_counted(values):
    page = keep(values, KEY)
    assert page.people.height + sum(page.dropped.values()) == page.received == len(values)
