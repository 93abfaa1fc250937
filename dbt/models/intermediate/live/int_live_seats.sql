-- Every seat with its count, its newest declaration and what follows from both.
with

night as (

    select * from {{ ref('int_live_night') }}

),

candidates as (

    select * from {{ ref('int_live_candidates') }}

),

by_seat as (

    select
        constituency_id,
        max(as_of) as as_of,
        max(case when line_counted = 1 then candidate_id end) as first_candidate_id,
        max(case when line_counted = 1 then candidate_name end) as first_candidate_name,
        max(case when line_counted = 1 then party_abbreviation end) as first_party,
        max(case when line_counted = 1 then votes_counted end) as first_votes,
        max(case when line_counted = 2 then votes_counted end) as second_votes,
        max(valid_counted) as valid_counted,
        max(case when line_declared = 1 then votes_declared end) as first_declared_votes,
        max(case when line_declared = 1 then party_abbreviation end) as first_declared_party,
        max(case when line_declared = 2 then votes_declared end) as second_declared_votes,
        max(case when line_declared = 2 then party_abbreviation end) as second_declared_party,
        max(valid_declared) as valid_declared,
        sum(case when votes_counted <> coalesce(votes_declared, 0) then 1 else 0 end)
            as candidates_differing,
        sum(case when votes_counted > coalesce(votes_declared, 0) then 1 else 0 end)
            as candidates_above_declared
    from candidates
    group by constituency_id

),

counts as (

    select * from {{ ref('stg_analytics__constituency_counts') }}

),

issued as (

    select
        night_id,
        constituency_id,
        sum(registered) as registered,
        sum(issued_in_person + issued_postal + issued_proxy) as ballots_issued,
        max(as_of) as as_of
    from {{ ref('stg_analytics__regional_turnout') }}
    group by night_id, constituency_id

),

joined as (

    select
        seats.night_id,
        seats.constituency_id,
        seats.constituency_name,
        seats.region_id,
        seats.region_name,
        seats.nation,
        seats.hex_q,
        seats.hex_r,
        seats.previous_winner_party,
        night.is_embargoed,
        night.election_at,
        declarations.declaration_version,
        declarations.status as declaration_status,
        declarations.declared_at,
        declarations.first_declared_at,
        declarations.result_summary,
        declarations.correction_reason,
        declarations.winner_candidate_id,
        declarations.is_tie,
        declarations.declaration_version is not null as is_declared,
        coalesce(declarations.electorate, seats.electorate) as electorate,
        declarations.rejected_ballots as rejected_declared,
        issued.registered,
        coalesce(issued.ballots_issued, 0) as ballots_issued,
        counts.papers_accounted_for,
        counts.papers_missing,
        case when not night.is_embargoed then coalesce(counts.papers_counted, 0) end
            as papers_counted,
        case when not night.is_embargoed then
            coalesce(
                {% for reason in paper_rejection_reasons() -%}
                {{ '+ ' if not loop.first }}counts.rejected_{{ reason }}
                {% endfor -%}
                , 0)
        end as rejected_counted,
        counts.last_counted_at,
        by_seat.first_candidate_id,
        by_seat.first_candidate_name,
        by_seat.first_party,
        by_seat.first_votes,
        by_seat.second_votes,
        by_seat.valid_counted,
        by_seat.first_declared_votes,
        by_seat.first_declared_party,
        by_seat.second_declared_votes,
        by_seat.second_declared_party,
        by_seat.valid_declared,
        by_seat.candidates_differing,
        by_seat.candidates_above_declared,
        -- Its newest number, but no newer than every table that the seat is made of.
        {{ greatest_of(['by_seat.as_of', 'counts.as_of', 'issued.as_of']) }} as changed_at,
        written.as_of as written_at
    from {{ ref('stg_analytics__seats') }} as seats
    inner join night on night.night_id = seats.night_id
    left join by_seat on by_seat.constituency_id = seats.constituency_id
    left join counts
        on counts.night_id = seats.night_id
        and counts.constituency_id = seats.constituency_id
    left join issued
        on issued.night_id = seats.night_id
        and issued.constituency_id = seats.constituency_id
    left join {{ ref('int_live_declarations') }} as declarations
        on declarations.constituency_id = seats.constituency_id
        and declarations.is_latest
    left join {{ ref('int_live_written') }} as written on written.night_id = seats.night_id

),

judged as (

    select
        joined.*,
        {{ least_of(['changed_at', 'written_at']) }} as as_of,
        coalesce(
            papers_accounted_for > 0
            and papers_missing = 0
            and papers_counted >= papers_accounted_for,
            false
        ) as is_count_complete,
        coalesce(valid_counted > 0 and first_votes = second_votes, false) as is_lead_tied,
        coalesce(valid_counted > 0 and first_votes > coalesce(second_votes, 0), false)
            as is_led
    from joined

)

select
    judged.*,
    case
        when is_embargoed then 'embargoed'
        -- The count is over when all is there; that the newest declaration says something else
        -- shows at once, or when no batch has come for half an hour of the election.
        when is_declared
            and is_count_complete
            and (candidates_differing > 0 or rejected_counted <> rejected_declared)
            and (
                candidates_above_declared > 0
                or papers_counted >= valid_declared + rejected_declared
                or {{ seconds_between('last_counted_at', 'election_at') }} > 30 * 60
            ) then 'pending_correction'
        when is_declared then declaration_status
        when papers_counted > 0 then 'counting'
        else 'not_started'
    end as status
from judged
