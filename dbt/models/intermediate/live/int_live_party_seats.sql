-- A row for each region and party that stands there: seats and votes. NULL before close of poll.
with

candidates as (

    select * from {{ ref('int_live_candidates') }}

),

seats as (

    select * from {{ ref('int_live_results') }}

),

joined as (

    select
        candidates.*,
        candidates.party_line = 1
            and candidates.previous_share is not null
            and candidates.votes_declared is not null as is_comparable,
        seats.region_name,
        seats.is_declared,
        seats.is_led,
        seats.is_embargoed,
        seats.winner_candidate_id,
        seats.outcome
    from candidates
    inner join seats on seats.constituency_id = candidates.constituency_id

),

standing as (

    select
        night_id,
        region_id,
        region_name,
        party_abbreviation,
        count(*) as candidates_standing,
        sum(case when not is_embargoed then
            case when candidate_id = winner_candidate_id then 1 else 0 end
        end) as seats_declared,
        sum(case when not is_embargoed then
            case when is_led and line_counted = 1 and not is_declared then 1 else 0 end
        end) as seats_leading,
        sum(case when not is_embargoed then
            case when candidate_id = winner_candidate_id and outcome = 'gain' then 1 else 0 end
        end) as seats_gained,
        sum(case when not is_embargoed then coalesce(votes_declared, 0) end) as votes,
        sum(votes_counted) as votes_counted,
        -- Change of share over declared seats in which it is known, weighted by valid votes.
        sum(case when previous_share is not null then votes_declared end) as comparable_votes,
        sum(case when is_comparable then previous_share * valid_declared end)
            as comparable_votes_before,
        sum(case when is_comparable then valid_declared end) as comparable_valid,
        sum(case when is_comparable then 1 else 0 end) as comparable_seats
    from joined
    group by night_id, region_id, region_name, party_abbreviation

),

lost as (

    select
        region_id,
        previous_winner_party as party_abbreviation,
        count(*) as seats_lost
    from seats
    where outcome = 'gain'
    group by region_id, previous_winner_party

)

select
    standing.*,
    case when standing.votes is not null then coalesce(lost.seats_lost, 0) end as seats_lost
from standing
left join lost
    on lost.region_id = standing.region_id
    and lost.party_abbreviation = standing.party_abbreviation
