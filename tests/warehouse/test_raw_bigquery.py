"""Raw in BigQuery: appended once, gone on with after a kill, and repeats do not count twice."""

from pathlib import Path

import pytest
from support.events import CLOSES_AT, ELECTION_ID, make_value

from election.errors import UserError
from election.tables import RAW, RAW_REJECTED
from election.topics import INPUT_TOPICS
from ingestion.decode import Decoder, Messages
from ingestion.destination import Pipeline, configure_dlt
from ingestion.offsets import Watermarks
from ingestion.source import Reading

pytest.importorskip("google.cloud.bigquery", reason="BigQuery's clients: make bigquery")
NIGHT = "parl.2017-06-08.20261126T000000Z"


class FakeLog:
    """Votes on two partitions; every tenth message is not JSON."""

    def __init__(self, count):
        self.count = count

    def watermarks(self, partitions):
        return {("votes", partition): Watermarks(0, self.count) for partition in (0, 1)}

    def read(self, spans):
        parts, offsets, values = [], [], []
        for span in spans:
            for offset in range(span.first, span.end):
                parts.append(span.partition)
                offsets.append(offset)
                paper = make_value("votes", paper_no=1 + offset)
                values.append(b"no json" if offset % 10 == 9 else paper)
        return {"votes": Messages(parts, offsets, [1_700_000_000_000] * len(parts), values)}


def reading(count):
    decoders = {
        topic: Decoder(topic, night_id=NIGHT, election_id=ELECTION_ID, closes_at=CLOSES_AT)
        for topic in INPUT_TOPICS
    }
    return Reading(FakeLog(count), {"votes": 2}, decoders, 100_000)


@pytest.fixture(scope="module")
def datasets(bigquery):
    from support.bigquery import laid_out

    configure_dlt()
    return laid_out(bigquery, (*RAW.values(), RAW_REJECTED))


@pytest.fixture(scope="module")
def raw(datasets):
    from ingestion.raw_bigquery import BigQueryRaw

    opened = BigQueryRaw(datasets.settings)
    yield opened
    opened.close()


def pipeline(raw, folder):
    made = Pipeline(raw, night_id=NIGHT, folder=Path(folder))
    made.start()
    return made


def held(datasets):
    return datasets.rows(
        "select kafka_partition, count(*), count(distinct kafka_offset), max(paper_no)"
        " from {raw}.votes where landed_at > '2000-01-01' group by 1 order by 1"
    )


def test_the_tables_that_were_laid_out_are_as_declared(raw):
    raw.check()


def test_loads_go_on_where_the_newest_complete_one_ended(raw, datasets, tmp_path, monkeypatch):
    first = pipeline(raw, tmp_path / "one")
    assert first.load(reading(20)) == {("votes", 0): 20, ("votes", 1): 20}
    assert held(datasets) == [(0, 18, 18, 19), (1, 18, 18, 19)]
    # Another folder: what was there is lost, as after a kill.
    second = pipeline(raw, tmp_path / "two")
    assert second.offsets() == {("votes", 0): 20, ("votes", 1): 20}
    _lose_the_answer_once(monkeypatch)
    second.load(reading(40))
    assert held(datasets) == [(0, 36, 36, 39), (1, 36, 36, 39)]
    there = raw.landed(NIGHT, "votes", 1, 0, 40)
    assert (there.decoded, there.refused) == (36, 4)


def _lose_the_answer_once(monkeypatch):
    """The first load is done, but its answer never comes: the next try must not load again."""
    import requests
    from google.cloud.bigquery import Client

    real, lost = Client.load_table_from_file, []

    def load(client, file, table, **options):
        made = real(client, file, table, **options)
        if table.endswith(".votes") and not lost:
            lost.append(made.job_id)
            raise requests.exceptions.ReadTimeout("read timed out")
        return made

    monkeypatch.setattr(Client, "load_table_from_file", load)


def test_a_table_that_was_changed_by_hand_stops_the_start(raw, datasets):
    datasets.rows("alter table {raw}.exit_poll drop column refused")
    with pytest.raises(UserError, match=r"raw\.exit_poll: column refused is missing") as refused:
        raw.check()
    assert "terraform apply" in refused.value.fix
