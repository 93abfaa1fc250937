"""The negative control: spoil raw a little, to show that the reconciliation sees it.

Nothing runs this but FAULTS with `lose` or `alter`: so many accepted papers are removed from
raw.votes, so many get another candidate of their seat.
"""

from __future__ import annotations

from typing import Any

import psycopg

from election.errors import UserError

# A paper delivered twice would be found again in its copy: only papers that came once.
_PAPERS = """
select v.kafka_partition, v.kafka_offset, v.constituency_id, v.candidate_id
from raw.votes v
join raw.candidates c on c.night_id = v.night_id and c.candidate_id = v.candidate_id
  and c.constituency_id = v.constituency_id
where v.night_id = %(night)s and not exists (
  select from raw.votes other
  where other.night_id = v.night_id and other.count_batch_id = v.count_batch_id
    and other.paper_no = v.paper_no
    and (other.kafka_partition, other.kafka_offset) <> (v.kafka_partition, v.kafka_offset))
group by 1, 2, 3, 4
order by md5(concat_ws('/', v.kafka_partition, v.kafka_offset, %(seed)s::text))
limit %(count)s
"""
_LOSE = """
delete from raw.votes
where night_id = %(night)s and kafka_partition = %(partition)s and kafka_offset = %(offset)s
"""
_ALTER = """
update raw.votes set candidate_id = (
  select min(c.candidate_id) from raw.candidates c
  where c.night_id = %(night)s and c.constituency_id = %(seat)s and c.candidate_id <> %(was)s)
where night_id = %(night)s and kafka_partition = %(partition)s and kafka_offset = %(offset)s
"""


def spoil(
    connection: psycopg.Connection[Any], night_id: str, *, lose: int, alter: int, seed: int
) -> list[str]:
    """Remove and alter so many accepted papers in raw; return a line for each.

    Raises:
        UserError: raw has fewer papers than that.
    """
    with connection.transaction():
        papers = connection.execute(
            _PAPERS, {"night": night_id, "seed": seed, "count": lose + alter}
        ).fetchall()
        if len(papers) < lose + alter:
            raise UserError(
                f"the negative control wants {lose + alter} papers, raw has {len(papers)}",
                why="only papers of the count that came once can be spoiled",
                fix="ask for fewer: FAULTS=lose:1,alter:1",
            )
        for at, (partition, offset, seat, was) in enumerate(papers):
            values = {"night": night_id, "partition": partition, "offset": offset,
                      "seat": seat, "was": was}  # fmt: skip
            connection.execute(_LOSE if at < lose else _ALTER, values)
    return [
        f"{'lost' if at < lose else 'altered'}: a paper of seat {seat} (votes/{partition}"
        f" offset {offset})"
        for at, (partition, offset, seat, _) in enumerate(papers)
    ]
