"""A writer's transaction that the database breaks off is done again, and is there once."""

import threading
from contextlib import contextmanager

import psycopg
import pytest
from support.waiting import wait_until

from election.errors import UserError
from election.settings import PostgresSettings, read_settings
from generators.ops import OpsConnection
from spark.sinks.warehouse import Warehouse

NIGHT = "broken-off"
SLEEP = ("select pg_sleep(0.5)", ())
SLEEPERS = "select 1 from pg_stat_activity where usename = 'loader' and query ~ 'pg_sleep'"
CUT = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'loader'"
ADD = "update ops.leases set epoch = epoch + 1 where night_id = %s and stage = %s"


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
    """Statements as one transaction of the stream's."""

    def __init__(self, settings, retry_for_s):
        self._warehouse = Warehouse(settings, retry_for_s=retry_for_s)
        self.close = self._warehouse.close

    def run(self, *statements):
        def work(cursor):
            for statement, values in statements:
                cursor.execute(statement, values)

        self._warehouse.transact(work)


class OfGenerator:
    """The same as one of the generator's."""

    def __init__(self, settings, retry_for_s):
        self._ops = OpsConnection(settings, retry_for_s=retry_for_s)
        self.close = self._ops.close

    def run(self, *statements):
        self._ops.write(statements)


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


def add_one_to(stage):
    return ADD, (NIGHT, stage)


@contextmanager
def while_it_sleeps(warehouse, action):
    """Act once, as soon as a writer is seen in the middle of its transaction."""

    def act():
        with warehouse.connect() as watcher:
            wait_until(
                lambda: watcher.execute(SLEEPERS).fetchone() is not None,
                seconds=20, every=0.02, what="the writer sleeps",
            )  # fmt: skip
        action()

    thread = threading.Thread(target=act)
    thread.start()
    yield
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_the_victim_of_a_deadlock_tries_again(warehouse, writer, rows):
    with warehouse.connect() as rival:
        rival.autocommit = False
        rival.execute("set deadlock_timeout = '1h'")  # the writer is the one who notices

        def cross():
            rival.execute(*add_one_to("b"))
            rival.execute(*add_one_to("a"))
            rival.commit()

        with (
            loader_with(warehouse, "deadlock_timeout = '50ms'"),
            while_it_sleeps(warehouse, cross),
        ):
            writer().run(add_one_to("a"), SLEEP, add_one_to("b"))
    assert rows() == {"a": 2, "b": 2}


def test_a_serialisation_failure_is_tried_again(warehouse, writer, rows):
    with (
        warehouse.connect() as rival,
        loader_with(warehouse, "default_transaction_isolation = 'repeatable read'"),
        while_it_sleeps(warehouse, lambda: rival.execute(*add_one_to("b"))),
    ):
        writer().run(add_one_to("a"), SLEEP, add_one_to("b"))
    assert rows() == {"a": 1, "b": 2}


def test_a_statement_that_takes_too_long_is_tried_again(warehouse, writer, rows):
    with loader_with(warehouse, "statement_timeout = '200ms'"), warehouse.connect() as rival:
        rival.autocommit = False
        rival.execute(*add_one_to("a"))
        threading.Timer(1.0, rival.commit).start()
        writer().run(add_one_to("a"))
    assert rows() == {"a": 2, "b": 0}


def test_a_connection_that_is_cut_is_opened_again(warehouse, writer, rows):
    with (
        warehouse.connect() as rival,
        while_it_sleeps(warehouse, lambda: rival.execute(CUT)),
    ):
        writer().run(add_one_to("a"), SLEEP, add_one_to("b"))
    assert rows() == {"a": 1, "b": 1}


def test_what_does_not_pass_ends_with_a_named_error_and_half_of_nothing(warehouse, writer, rows):
    with loader_with(warehouse, "statement_timeout = '100ms'"), warehouse.connect() as rival:
        rival.autocommit = False
        rival.execute(*add_one_to("b"))
        with pytest.raises(UserError) as told:
            writer(retry_for_s=1.0).run(add_one_to("a"), add_one_to("b"))
        rival.rollback()
    assert "statement timeout" in told.value.why
    assert rows() == {"a": 0, "b": 0}


def test_an_error_that_stays_one_is_not_tried_again(writer, rows):
    with pytest.raises(psycopg.errors.UndefinedColumn):
        writer().run(add_one_to("a"), ("select no_such_column from ops.leases", ()))
    assert rows() == {"a": 0, "b": 0}
