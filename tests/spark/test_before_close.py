"""The count at 21:59 and at 22:01: what Spark shows of choices, in `results` and in gold."""

import orjson
import pytest
from support.bronze_log import NIGHT
from support.events import NIGHT_ID
from support.handmade_log import REJECTED
from support.handmade_night import VOTES, A, whole_night
from support.spark_count import count_log

from spark.jobs.gold import gold_tables
from spark.jobs.paths import LakePaths
from spark.sinks.kafka_topics import results_of
from spark.tally.live_tables import live_rows
from spark.tally.rows import COUNT, FACT

HAPPENED = {"votes": "counted_at", "declarations": "declared_at", "exit_poll": None}
AT_21_59, AT_22_01 = "2017-06-08T20:59:00.000000Z", "2017-06-08T21:01:00.000000Z"
SWAPPED = {f"{A}-C01": f"{A}-C02", f"{A}-C02": f"{A}-C01"}


def sent_at(moment, *, swapped=False):
    """Return the night with every sound message about a choice, and its repeats, sent then."""
    log = whole_night()
    for message in log.messages:
        # A number that came twice counts once, whichever of them is refused.
        if message.topic in HAPPENED and message.message_class != REJECTED:
            message.event["sent_at"] = moment
            if happened := HAPPENED[message.topic]:
                message.event[happened] = moment
            if swapped and message.topic == "votes":
                choice = message.event.get("candidate_id")
                message.event["candidate_id"] = SWAPPED.get(choice, choice)
    return log


def is_sound(message):
    return message.topic in HAPPENED and message.message_class != "rejected"


def shown(spark, folder, log):
    """Return the messages of `results`, the seats declared, gold without times, and the rows."""
    counting = count_log(spark, folder, log)
    totals = counting.count.totals
    rows = {
        name: sorted(some, key=repr)
        for name, some in live_rows(totals, totals.everything()).items()
    }
    of_night = {
        name: [{"night_id": NIGHT_ID, **row} for row in some] for name, some in rows.items()
    }
    facts = counting.ledgers[COUNT].rows_after(-1, FACT).filter(topic="declarations")["fact"]
    declared = sorted(orjson.loads(fact)["constituency_id"] for fact in facts)
    _, gold = gold_tables(NIGHT, LakePaths(str(folder)))
    plain = {name: frame.drop("as_of", "ledger_version").rows() for name, frame in gold.items()}
    return sorted(m["value"] for m in results_of(of_night)), declared, plain, rows


@pytest.fixture(scope="module")
def looks(spark, tmp_path_factory):
    return {
        (moment, swapped): shown(
            spark, tmp_path_factory.mktemp("look"), sent_at(moment, swapped=swapped)
        )
        for moment in (AT_21_59, AT_22_01)
        for swapped in (False, True)
    }


def test_before_close_nothing_depends_on_a_choice(looks):
    assert looks[AT_21_59, False] == looks[AT_21_59, True]


def test_before_close_no_vote_no_answer_and_no_declaration_is_anywhere(looks):
    results, declared, gold, rows = looks[AT_21_59, False]
    assert {row["vote_count"] for row in rows["candidate_totals"]} == {0}
    assert {row["papers_counted"] for row in rows["constituency_counts"]} == {0}
    assert {row["party_abbreviation"] for row in rows["hourly_trends"]} == {"-"}
    assert rows["exit_poll_estimates"] == declared == gold["exit_poll_estimates"] == []
    assert b'rejected_unmarked_or_void":1' not in b"".join(results)


def test_after_close_all_of_it_is_there(looks):
    _, declared, gold, rows = looks[AT_22_01, False]
    assert {r["candidate_id"]: r["vote_count"] for r in rows["candidate_totals"]} == VOTES
    assert A in declared
    assert rows["exit_poll_estimates"] and gold["exit_poll_estimates"]
    assert any(b'"vote_count":1' in value for value in results)
    assert refused == {None}
    assert results != looks[AT_22_01, True][0]
