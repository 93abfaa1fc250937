"""Every query of the page: on marts alone, with bound parameters alone.

An empty text stands for "all" in a filter. `keep_s` is how long an answer serves every viewer:
live marts a moment, what changes only with a dbt run or a declaration longer.
"""

from __future__ import annotations

from dataclasses import dataclass

LIVE_S = 1.5
SLOW_S = 5.0
DECLARED_S = 30.0  # asked again at every declaration, see `live.View.declared`


@dataclass(frozen=True)
class Query:
    """One question: its name, its SQL and how long an answer is kept."""

    name: str
    sql: str
    keep_s: float = LIVE_S


SUMMARY = Query(
    "summary",
    """
    select night_id, election_id, title, is_synthetic, scale, polling_date, opens_at, closes_at,
      election_at, night_status, phase, is_embargoed, status, as_of, seats_total, seats_declared,
      seats_counting, seats_corrected, seats_pending_correction, seats_tied, electorate,
      registered, ballots_issued, papers_counted, valid_votes, rejected_ballots, turnout,
      turnout_basis, turnout_seats, leading_party, leading_party_name, leading_party_colour,
      leading_party_seats, second_party, second_party_seats, seats_for_majority,
      overall_majority, has_overall_majority, swing, swing_from_party, swing_to_party,
      swing_seats, last_declaration_seat, last_declaration_text, last_declared_at,
      invariants_outcome, invariants_failures, invariants_checked_at
    from marts.national_summary
    """,
)

PUBLICATION = Query(
    "publication",
    """
    select edition, election_at, numbers_as_of, published_at, is_last_good, status
    from marts.publication
    """,
    SLOW_S,
)

HOPS = Query(
    "hops",
    """
    select stage, state, detail, last_error, heartbeat_at, messages,
      lag_messages, messages_per_s, freshness_p50_s, freshness_p95_s
    from marts.pipeline_status
    order by stage
    """,
)

PARTIES = Query(
    "parties",
    """
    select party_abbreviation, party_name, party_colour, party_short_label, is_party,
      candidates_standing, seats_declared, seats_leading, seats_gained, seats_lost, seats_net,
      votes, vote_share, votes_counted, vote_share_counted, share_change, share_change_seats,
      rank, seats_total, seats_declared_total
    from marts.party_results
    order by rank, party_abbreviation
    """,
)

TOP_CANDIDATES = Query(
    "top_candidates",
    """
    select candidate_id, candidate_name, constituency_id, constituency_name, party_name,
      party_abbreviation, party_colour, votes, share, position, is_leading, is_winner, status
    from marts.candidate_results
    where votes > 0
    order by votes desc, candidate_id
    limit 6
    """,
    SLOW_S,
)

MAJORITIES = Query(
    "majorities",
    """
    select constituency_id, constituency_name, declared_winner_name, declared_winner_party,
      declared_winner_colour, declared_second_party, majority, majority_share, status,
      closest_rank, safest_rank
    from (
      select *, row_number() over (order by majority, majority_share, constituency_id)
          as closest_rank,
        row_number() over (order by majority desc, majority_share desc, constituency_id)
          as safest_rank
      from marts.constituency_results
      where majority is not null and not is_tie
    ) as ranked
    where closest_rank <= 6 or safest_rank <= 6
    order by closest_rank
    """,
    DECLARED_S,
)

OVER_TIME = Query(
    "over_time",
    """
    select election_minute_at, party_abbreviation, party_colour, seats_to_date, votes_to_date,
      vote_share_to_date, seats_declared_to_date
    from marts.results_over_time
    order by election_minute_at, party_abbreviation
    """,
    DECLARED_S,
)

KEY_SEATS = Query(
    "key_seats",
    """
    select constituency_id, constituency_name, region_name, why, previous_winner_party, status,
      leading_party, declared_winner_party, party_colour, outcome, gained_from_party, majority,
      lead
    from marts.key_seats
    order by rank
    limit 10
    """,
    SLOW_S,
)

MARGINALS = Query(
    "marginals",
    """
    select constituency_id, constituency_name, region_name, previous_winner_party,
      previous_margin, status, leading_party, declared_winner_party, party_colour, outcome,
      gained_from_party, majority, lead
    from marts.key_seats
    where previous_margin < 0.05
    order by previous_margin, constituency_id
    """,
    SLOW_S,
)

FEED = Query(
    "feed",
    """
    select constituency_id, declaration_version, constituency_name, region_id, region_name,
      declared_at, status, is_latest, winner_name, winner_party, winner_colour, winner_votes,
      second_party, majority, is_tie, turnout, result_summary, headline, reason, source
    from marts.declarations_feed
    where (%(region)s = '' or region_id = %(region)s)
      and (%(party)s = '' or winner_party = %(party)s)
      and (%(seat)s = '' or constituency_id = %(seat)s)
    order by feed_position
    limit %(limit)s
    """,
)

SEAT_NAMES = Query(
    "seat_names",
    """
    select constituency_id, constituency_name, region_id, region_name
    from marts.constituency_results
    order by constituency_name
    """,
    30.0,
)

_LINES_OF_SEATS = """
    select constituency_id, constituency_name, region_name, status, count_progress,
      leading_party, leading_party_colour, lead, is_lead_tied, declared_winner_name,
      declared_winner_party, declared_winner_colour, majority, is_tie, outcome,
      gained_from_party, previous_winner_party, turnout, turnout_basis, declared_at,
      declaration_version
    from marts.constituency_results
"""

SEATS = Query(
    "seats",
    _LINES_OF_SEATS
    + """
    where (%(region)s = '' or region_id = %(region)s)
      and (%(party)s = '' or declared_winner_party = %(party)s or leading_party = %(party)s)
      and (%(state)s = '' or status = %(state)s)
    order by declared_at desc nulls last, constituency_name
    limit %(limit)s
    """,
)

# All of them for all viewers: whoever follows which, it is one question.
STANDINGS = Query(
    "standings",
    _LINES_OF_SEATS,
    SLOW_S,
)

SEAT = Query(
    "seat",
    """
    select constituency_id, constituency_name, region_id, region_name, nation, status,
      electorate, registered, ballots_issued, papers_counted, papers_missing, count_progress,
      is_count_complete, valid_votes, rejected_ballots, leading_candidate_name, leading_party,
      leading_party_colour, lead, is_lead_tied, declared_winner_name, declared_winner_party,
      declared_winner_colour, declared_winner_votes, declared_winner_share,
      declared_second_party, majority, majority_share, is_tie, previous_winner_party, outcome,
      gained_from_party, winner_share_change, swing, swing_from_party, swing_to_party, turnout,
      turnout_basis, declaration_version, declared_at, result_summary, correction_reason, as_of
    from marts.constituency_results
    where constituency_id = %(seat)s
    """,
)

MAP = Query(
    "map",
    """
    select constituency_id, constituency_name, region_id, region_name, hex_q, hex_r, status,
      count_progress, leading_party, leading_party_colour, lead, is_lead_tied, valid_votes,
      declared_winner_name, declared_winner_party, declared_winner_colour, majority,
      majority_share, is_tie, outcome, gained_from_party, previous_winner_party, turnout,
      turnout_basis
    from marts.constituency_results
    order by constituency_name, constituency_id
    """,
    SLOW_S,
)

SEAT_CANDIDATES = Query(
    "seat_candidates",
    """
    select candidate_id, candidate_name, party_name, party_abbreviation, party_colour,
      ballot_order, is_incumbent, votes, votes_counted, votes_declared, share, share_change,
      position, is_leading, is_winner, has_lost_deposit
    from marts.candidate_results
    where constituency_id = %(seat)s
    order by votes desc nulls last, ballot_order
    """,
)

SEAT_PROVENANCE = Query(
    "seat_provenance",
    """
    select counts_ledger_version, counts_as_of, issues_ledger_version, issues_as_of,
      votes_next_offsets, ballots_issued_next_offsets, declaration_version, declaration_offset,
      declaration_source
    from marts.provenance
    where constituency_id = %(seat)s
    """,
)

PROVENANCE = Query(
    "provenance",
    """
    select count(*) as seats, count(recorded.declaration_version) as seats_declared,
      max(recorded.counts_ledger_version) as counts_ledger_version,
      max(recorded.counts_as_of) as counts_as_of,
      max(recorded.issues_ledger_version) as issues_ledger_version,
      max(recorded.issues_as_of) as issues_as_of,
      max(recorded.votes_next_offsets) as votes_next_offsets,
      max(recorded.ballots_issued_next_offsets) as ballots_issued_next_offsets,
      max(recorded.declaration_offset) as declaration_offset,
      max(recorded.declaration_source) as declaration_source
    from marts.provenance as recorded
    inner join marts.constituency_results as results
      on results.constituency_id = recorded.constituency_id
    where (%(region)s = '' or results.region_id = %(region)s)
    """,
    SLOW_S,
)

REGION_TURNOUT = Query(
    "region_turnout",
    """
    select region_id, region_name, nation, seats_total, seats_declared, registered,
      ballots_issued, issued_in_person, issued_postal, issued_proxy, issued_tendered,
      turnout_issued, turnout, turnout_basis, turnout_seats, status
    from marts.regional_turnout
    order by region_name
    """,
)

REGION_PARTIES = Query(
    "region_parties",
    """
    select region_id, region_name, party_abbreviation, party_name, party_colour, seats_total,
      seats_declared_total, seats_declared, seats_leading, seats_gained, seats_lost, votes,
      vote_share, votes_counted, rank
    from marts.regional_results
    where (%(region)s = '' or region_id = %(region)s)
    order by region_name, rank, party_abbreviation
    """,
)

REGION_CHANGE = Query(
    "region_change",
    """
    select runs.party_abbreviation,
      sum(runs.share_change * seats.valid_votes) / sum(seats.valid_votes) as share_change
    from marts.candidate_results as runs
    inner join marts.constituency_results as seats
      on seats.constituency_id = runs.constituency_id
    where seats.region_id = %(region)s and runs.share_change is not null
    group by runs.party_abbreviation
    order by runs.party_abbreviation
    """,
    SLOW_S,
)

TURNOUT_BY_HOUR = Query(
    "turnout_by_hour",
    """
    select hour_start_at, issued_in_person, issued_postal, ballots_issued,
      ballots_issued_to_date, registered, turnout, status
    from marts.turnout_over_time
    order by hour_start_at
    """,
)

REGION_BY_HOUR = Query(
    "region_by_hour",
    """
    select hour_start_at, issued_in_person, issued_postal, ballots_issued, status
    from marts.hourly_trends
    where row_kind = 'issued' and region_id = %(region)s
    order by hour_start_at
    """,
)

STATIONS = Query(
    "stations",
    """
    select polling_station_id, polling_station_name, constituency_id, constituency_name,
      region_name, registered, ballots_issued, turnout, issue_numbers_missing, status
    from marts.polling_station_turnout
    where (%(region)s = '' or region_id = %(region)s)
      and (%(seat)s = '' or constituency_id = %(seat)s)
    order by rank_by_ballots_issued
    limit %(limit)s
    """,
)

DEMOGRAPHICS = Query(
    "demographics",
    """
    select region_id, characteristic, characteristic_value, sex, registered, ballots_issued,
      turnout, is_suppressed, snapshot_at, status
    from marts.demographic_turnout
    where (%(region)s = '' or region_id = %(region)s)
    """,
    SLOW_S,
)

EDUCATION = Query(
    "education",
    """
    select education, party_abbreviation, party_colour, answers, answers_in_all,
      answers_refused, share_estimate, margin_of_error, is_suppressed, snapshot_at, status
    from marts.party_by_education
    """,
    SLOW_S,
)

FINDINGS = Query(
    "findings",
    """
    select check_name, area, key, expected, actual, severity, status, detail, as_of
    from marts.reconciliation
    where status = 'fail'
    order by severity, check_name, area
    limit 50
    """,
    SLOW_S,
)

CHECKS = Query(
    "checks",
    """
    select check_name, severity, status, count(*) as areas, max(as_of) as checked_at
    from marts.reconciliation
    group by check_name, severity, status
    order by check_name, severity, status
    """,
    SLOW_S,
)

CONSERVATION = Query(
    "conservation",
    """
    select topic, stage, sum(messages) as messages, sum(accepted) as accepted, sum(late) as late,
      sum(duplicate) as duplicate, sum(rejected) as rejected, sum(unaccounted) as unaccounted,
      max(as_of) as as_of
    from marts.conservation
    group by topic, stage
    order by topic, stage
    """,
    SLOW_S,
)

HELD_BY_STAGE = Query(
    "held_by_stage",
    """
    select topic, kafka_partition, stage, first_offset, next_offset, batches, messages,
      unaccounted, status, as_of
    from marts.conservation
    order by topic, kafka_partition, stage
    """,
    SLOW_S,
)

QUERIES: tuple[Query, ...] = tuple(q for q in list(globals().values()) if isinstance(q, Query))
