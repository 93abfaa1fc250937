from dashboard.news import Look


def made(*keys):
    return [{"constituency_id": seat, "declaration_version": v} for seat, v in keys]


FIRST = made(("A", 1), ("B", 1))
LATER = made(("C", 1), ("A", 2), ("A", 1), ("B", 1))


def test_for_who_has_just_come_nothing_is_new():
    assert Look.first(FIRST).waiting(FIRST) == frozenset()


def test_a_new_version_is_new_too():
    assert Look.first(FIRST).waiting(LATER) == {("C", 1), ("A", 2)}


def test_what_is_read_stays_still_until_the_reader_asks():
    look = Look.first(FIRST)
    assert look.shown(LATER) == FIRST
    assert look.again(LATER).shown(LATER) == LATER


def test_what_came_since_is_marked_after_the_click_and_no_more_after_the_next():
    look = Look.first(FIRST).again(LATER)
    assert look.new == {("C", 1), ("A", 2)}
    assert look.again(LATER).new == frozenset()
