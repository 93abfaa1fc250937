"""A lease: the newest driver has it, and an older one can write nothing any more."""

import pytest
from support.events import NIGHT_ID

from election.settings import PostgresSettings, read_settings
from spark.fencing import FencedError
from spark.sinks.lease import Lease
from spark.sinks.warehouse import Warehouse


@pytest.fixture
def driver(warehouse):
    made = []

    def make(night=NIGHT_ID):
        sink = Warehouse(read_settings(PostgresSettings, **warehouse.environment()))
        made.append(sink)
        return Lease(sink, night, "spark")

    yield make
    for sink in made:
        sink.close()


def test_each_driver_has_a_higher_epoch(driver):
    first, second = driver("a"), driver("a")
    assert (first.take(), second.take(), first.take()) == (1, 2, 3)


def test_nights_have_leases_of_their_own(driver):
    one, other = driver("b"), driver("c")
    assert (one.take(), other.take()) == (1, 1)
    one.renew()
    other.renew()


def test_an_older_driver_is_told_who_took_over(driver):
    old, new = driver(), driver()
    old.take()
    old.renew()
    new.take()
    with pytest.raises(FencedError) as told:
        old.renew()
    assert "process" in told.value.why
    assert f"this one has {old.epoch}" in told.value.why
    new.renew()


def test_asking_waits_for_no_transaction_and_tells_an_older_driver(driver, warehouse):
    old, new = driver("e"), driver("e")
    old.take()
    beside = old.beside(Warehouse(read_settings(PostgresSettings, **warehouse.environment())))

    def while_it_is_renewed(cursor):
        old.hold(cursor)
        beside.check()

    old._warehouse.transact(while_it_is_renewed)
    new.take()
    with pytest.raises(FencedError):
        beside.check()
    beside._warehouse.close()


def test_what_an_older_driver_writes_is_not_seen(driver, warehouse):
    old, new = driver("d"), driver("d")
    old.take()
    new.take()

    def write(lease):
        def work(cursor):
            lease.hold(cursor)
            cursor.execute(
                "insert into ops.projections values ('d', 'postgres', 'count', 1, now())"
                " on conflict do nothing"
            )

        return work

    rows = "select count(*) from ops.projections where night_id = 'd'"
    with pytest.raises(FencedError):
        old._warehouse.transact(write(old))
    assert warehouse.rows(rows) == [(0,)]
    new._warehouse.transact(write(new))
    assert warehouse.rows(rows) == [(1,)]
