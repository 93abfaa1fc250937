"""A writer's transaction that the database breaks off is done again, and is there once."""

import threading
from contextlib import contextmanager

import psycopg
import pytest
from support.warehouse import throwaway_warehouse

from election.errors import UserError
from election.settings import PostgresSettings, read_settings
from generators.ops import OpsConnection
from spark.sinks.warehouse import Warehouse

NIGHT = "broken-off"
ADD = "update ops.leases set epoch = epoch + 1 where night_id = %s and stage = %s"


@pytest.fixture(scope="module")
def warehouse():
    with throwaway_warehouse() as up:
        yield up


@pytest.fixture
def rows(warehouse):
    """Two rows that writers and a rival fight for; return what they hold."""
    with warehouse.connect() as admin:
        admin.execute("delete from ops.leases")
        for stage in ("a", "b"):
            admin.execute(
                "insert into ops.leases values (%s, %s, 0, 'nobody', now(), now())", (NIGHT, stage)
            )
    return lambda: dict(warehouse.rows("select stage, epoch from ops.leases order by 1"))


class OfSpark:
    """Adds one to rows in a transaction of the stream's."""

    def __init__(self, settings, retry_for_s):
        self._warehouse = Warehouse(settings, retry_for_s=retry_for_s)
        self.close = self._warehouse.close
        self.between = lambda: None

    def add(self, *stages):
        def work(cursor):
            cursor.execute(ADD, (NIGHT, stages[0]))
            self.between()
            for stage in stages[1:]:
                cursor.execute(ADD, (NIGHT, stage))

        self._warehouse.transact(work)


class OfGenerator:
    """The same in a transaction of the generator's."""

    def __init__(self, settings, retry_for_s):
        self._ops = OpsConnection(settings, retry_for_s=retry_for_s)
        self.close = self._ops.close
        self.between = lambda: None

    def add(self, *stages):
        parameters = [(ADD, (NIGHT, stage)) for stage in stages]
        self._ops.write(Told(parameters, lambda: self.between()))


class Told(list):
    """Statements; calls back before the second one of each try."""

    def __init__(self, statements, tell):
        super().__init__(statements)
        self._tell = tell

    def __iter__(self):
        for n, statement in enumerate(super().__iter__()):
            if n == 1:
                self._tell()
            yield statement


@pytest.fixture(params=[OfSpark, OfGenerator])
def writer(request, warehouse):
    settings = read_settings(PostgresSettings, **warehouse.environment())
    made = []

    def make(retry_for_s=30.0):
        made.append(request.param(settings, retry_for_s))
        return made[-1]

    yield make
    for one in made:
        one.close()


@contextmanager
def loader_with(warehouse, setting):
    """Give the role of the writers a setting for new connections."""
    name = setting.partition(" ")[0]
    with warehouse.connect() as admin:
        admin.execute(f"alter role loader set {setting}")
        try:
            yield
        finally:
            admin.execute(f"alter role loader reset {name}")


def once(action):
    """Return a function that acts the first time it is called."""
    left = [action]

    def call():
        if left:
            left.pop()()

    return call


def test_the_victim_of_a_deadlock_tries_again(warehouse, writer, rows):
    one = writer()
    rival = warehouse.connect()
    rival.autocommit = False
    rival.execute("set deadlock_timeout = '1h'")  # the writer is the one who notices
    waiting = threading.Thread(target=lambda: (rival.execute(ADD, (NIGHT, "a")), rival.commit()))

    def cross():
        rival.execute(ADD, (NIGHT, "b"))
        waiting.start()

    one.between = once(cross)
    with loader_with(warehouse, "deadlock_timeout = '50ms'"):
        one.add("a", "b")
    waiting.join(timeout=30)
    assert not waiting.is_alive()
    rival.close()
    assert rows() == {"a": 2, "b": 2}


def test_a_serialisation_failure_is_tried_again(warehouse, writer, rows):
    with loader_with(warehouse, "default_transaction_isolation = 'repeatable read'"):
        one = writer()
        with warehouse.connect() as rival:
            one.between = once(lambda: rival.execute(ADD, (NIGHT, "b")))
            one.add("a", "b")
    assert rows() == {"a": 1, "b": 2}


def test_a_statement_that_takes_too_long_is_tried_again(warehouse, writer, rows):
    with loader_with(warehouse, "statement_timeout = '200ms'"):
        one = writer()
        with warehouse.connect() as rival:
            rival.autocommit = False
            rival.execute(ADD, (NIGHT, "a"))
            threading.Timer(1.0, rival.commit).start()
            one.add("a")
    assert rows() == {"a": 2, "b": 0}


def test_a_connection_that_is_cut_is_opened_again(warehouse, writer, rows):
    one = writer()

    def cut():
        with warehouse.connect() as admin:
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity"
                          " where usename = 'loader'")  # fmt: skip

    one.between = once(cut)
    one.add("a", "b")
    assert rows() == {"a": 1, "b": 1}


def test_what_does_not_pass_ends_with_a_named_error_and_half_of_nothing(warehouse, writer, rows):
    with loader_with(warehouse, "statement_timeout = '100ms'"), warehouse.connect() as rival:
        rival.autocommit = False
        rival.execute(ADD, (NIGHT, "b"))
        with pytest.raises(UserError) as told:
            writer(retry_for_s=1.0).add("a", "b")
        rival.rollback()
    assert "statement timeout" in told.value.why
    assert rows() == {"a": 0, "b": 0}


def test_an_error_that_stays_one_is_not_tried_again(warehouse, writer, rows):
    tries = []
    one = writer()

    def spoil():
        tries.append(1)
        raise psycopg.errors.UndefinedColumn("no such column")

    one.between = spoil
    with pytest.raises(psycopg.errors.UndefinedColumn):
        one.add("a", "b")
    assert (tries, rows()) == ([1], {"a": 0, "b": 0})
