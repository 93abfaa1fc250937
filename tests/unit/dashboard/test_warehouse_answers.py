import threading

import psycopg
import pytest

from dashboard.queries import Query
from dashboard.warehouse import RETRY_AFTER_S, Warehouse

ONE = Query("one", "select 1")


class Column:
    name = "n"


class Cursor:
    description = (Column,)

    def __init__(self, value):
        self._value = value

    def fetchall(self):
        return [(self._value,)]


class Server:
    """A database that counts, fails when told to, and keeps its own clock."""

    def __init__(self):
        self.seconds = 0.0
        self.connects = self.asked = 0
        self.error: Exception | None = None
        self.refuses = False

    def connect(self):
        self.connects += 1
        if self.refuses:
            raise psycopg.OperationalError("refused")
        return self

    def execute(self, sql, parameters):
        self.asked += 1
        if self.error:
            raise self.error
        return Cursor(self.asked)

    def close(self):
        pass


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def warehouse(server):
    return Warehouse(server.connect, seconds=lambda: server.seconds)


def test_one_answer_serves_everybody_for_its_interval(server, warehouse):
    first = warehouse.ask(ONE)
    server.seconds = 1.4
    assert warehouse.ask(ONE) is first
    server.seconds = 1.6
    assert warehouse.ask(ONE).row == {"n": 2}
    assert server.connects == 1


def test_answers_are_kept_by_their_parameters(server, warehouse):
    assert warehouse.ask(ONE, seat="a").row != warehouse.ask(ONE, seat="b").row


def test_the_last_good_numbers_stay_when_the_database_is_gone(server, warehouse):
    good = warehouse.ask(ONE)
    server.error, server.refuses, server.seconds = psycopg.OperationalError("gone"), True, 2.0
    kept = warehouse.ask(ONE)
    assert (kept.row, kept.read_at, kept.is_current) == (good.row, good.read_at, False)


def test_a_database_that_never_answered_gives_no_rows_and_no_error(server, warehouse):
    server.refuses = True
    assert warehouse.ask(ONE).read_at is None


def test_while_it_is_gone_nobody_waits_for_it_more_often_than_the_pause(server, warehouse):
    server.refuses = True
    for seat in "abc":
        warehouse.ask(ONE, seat=seat)
    assert server.connects == 1
    server.seconds, server.refuses = RETRY_AFTER_S, False
    assert warehouse.ask(ONE, seat="a").is_current


def test_a_restarted_server_is_met_with_a_new_connection(server, warehouse):
    warehouse.ask(ONE)
    server.seconds = 2.0
    broken = [psycopg.OperationalError("terminated")]

    def execute(sql, parameters):
        if broken:
            raise broken.pop()
        return Cursor(7)

    server.execute = execute
    assert warehouse.ask(ONE).row == {"n": 7}
    assert server.connects == 2


def test_a_query_that_was_too_slow_is_not_asked_twice(server, warehouse):
    warehouse.ask(ONE)
    server.seconds, server.error = 2.0, psycopg.errors.QueryCanceled("timeout")
    assert not warehouse.ask(ONE).is_current
    assert server.asked == 2


def test_a_question_that_is_too_slow_holds_up_no_other(server, warehouse):
    warehouse.ask(ONE, seat="a")
    server.seconds, server.error = 2.0, psycopg.errors.QueryCanceled("timeout")
    assert not warehouse.ask(ONE, seat="a").is_current
    server.error = None
    assert warehouse.ask(ONE, seat="b").is_current


def test_an_answer_that_says_the_same_has_the_same_rows(server, warehouse):
    first = warehouse.ask(ONE)
    server.seconds, server.asked = 2.0, 0
    again = warehouse.ask(ONE)
    assert again.read_at > first.read_at
    assert again.frame is first.frame and again.rows is first.rows
    server.seconds = 4.0
    assert warehouse.ask(ONE).frame is not first.frame


def test_a_mart_that_is_not_built_is_not_an_outage(server, warehouse):
    server.error = psycopg.errors.UndefinedTable("marts.x")
    answer = warehouse.ask(ONE)
    assert (answer.exists, answer.is_current, answer.rows) == (False, True, [])


def test_who_comes_while_another_asks_takes_the_older_answer(server, warehouse):
    warehouse.ask(ONE)
    server.seconds = 2.0
    entered, leave = threading.Event(), threading.Event()

    def execute(sql, parameters):
        entered.set()
        leave.wait(5)
        return Cursor(9)

    server.execute = execute
    slow = threading.Thread(target=warehouse.ask, args=(ONE,))
    slow.start()
    assert entered.wait(5)
    assert warehouse.ask(ONE).row == {"n": 1}
    leave.set()
    slow.join(5)
    assert warehouse.ask(ONE).row == {"n": 9}


def test_an_answer_is_old_once_what_it_depends_on_has_changed(warehouse, server):
    first = warehouse.ask(ONE, since=("night", 3))
    assert warehouse.ask(ONE, since=("night", 3)) is first
    assert warehouse.ask(ONE, since=("night", 4)) is not first
    assert server.asked == 2


def test_what_could_not_be_asked_is_asked_again(warehouse, server):
    warehouse.ask(ONE, since=3)
    server.error = psycopg.OperationalError("gone")
    assert not warehouse.ask(ONE, since=4).is_current
    server.error, server.seconds = None, RETRY_AFTER_S + 0.1
    assert warehouse.ask(ONE, since=4).is_current
