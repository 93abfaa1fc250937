"""The lease of a lake in a bucket: the newest driver has it, whatever answer was lost."""

import json

import pytest
from support.bucket_stand_in import bucket_store

from spark.fencing import FencedError
from spark.sinks import lake_lease
from spark.sinks.lake_lease import MOST_TRIES, open_lake_lease

storage = pytest.importorskip("google.cloud.storage", reason="BigQuery's clients: make bigquery")
NIGHT = "parl.2017-06-08.20261126T000000Z"
NAME = f"lake/leases/{NIGHT}.json"


@pytest.fixture
def store():
    with bucket_store() as served:
        yield served


def driver(store):
    from google.auth.credentials import AnonymousCredentials

    client = storage.Client(
        "p", credentials=AnonymousCredentials(), client_options={"api_endpoint": store.address}
    )
    return open_lake_lease("gs://bucket/lake", NIGHT, client=client)


def content(store):
    return json.loads(store.objects[NAME][1])


def test_a_lake_in_a_folder_has_none():
    assert open_lake_lease("/var/lake", NIGHT) is None


def test_the_newest_driver_has_it_and_the_older_one_finds_out(store):
    older, newer = driver(store), driver(store)
    assert older.take() == 1
    older.renew()
    assert newer.take() == 2
    with pytest.raises(FencedError, match="another driver") as refused:
        older.renew()
    assert "epoch 2 of the lake" in refused.value.why
    newer.renew()
    assert content(store)["epoch"] == 2


def test_a_lease_that_is_gone_is_no_longer_held(store):
    held = driver(store)
    held.take()
    store.objects.clear()
    with pytest.raises(FencedError) as refused:
        held.renew()
    assert refused.value.why == "the lake's lease is gone"


@pytest.mark.parametrize("trouble", ["429", "503", "lost"])
def test_what_passes_is_tried_again_and_a_lost_answer_is_ours(store, trouble):
    held = driver(store)
    store.trouble = [trouble]
    assert held.take() == 1
    store.trouble = [trouble]
    held.renew()
    held.renew()
    assert (content(store)["epoch"], content(store)["renewals"]) == (1, 2)
    assert store.writings == 5


def test_batches_renew_it_as_often_as_the_store_takes_it(store, monkeypatch):
    held = driver(store)
    held.take()
    for _ in range(5):
        held.renew_for_batch()
    assert content(store)["renewals"] == 1
    monkeypatch.setattr(lake_lease, "AT_MOST_EVERY_S", 0.0)
    held.renew_for_batch()
    assert content(store)["renewals"] == 2
    driver(store).take()
    with pytest.raises(FencedError):
        held.renew_for_batch()


def test_two_that_take_it_at_once_do_not_both_have_it(store, monkeypatch):
    one, other = driver(store), driver(store)
    read, raced = one._read, []

    def read_and_be_overtaken():
        found = read()
        if not raced:
            raced.append(other.take())
        return found

    monkeypatch.setattr(one, "_read", read_and_be_overtaken)
    assert (one.take(), raced) == (2, [1])
    with pytest.raises(FencedError):
        other.renew()


def test_a_lease_that_is_always_taken_by_others_is_given_up_by_name(store, monkeypatch):
    one, other = driver(store), driver(store)
    read = one._read

    def always_late():
        found = read()
        other.take()
        return found

    monkeypatch.setattr(one, "_read", always_late)
    with pytest.raises(Exception, match="cannot be taken") as refused:
        one.take()
    assert str(MOST_TRIES) in refused.value.why
