with

candidates as (

    select * from {{ ref('int_live_candidates') }}

),

seats as (

    select * from {{ ref('int_live_seats') }}

),

chosen as (

    select
        candidates.*,
        seats.constituency_name,
        seats.status,
        seats.is_declared,
        seats.is_embargoed,
        seats.is_led,
        seats.winner_candidate_id,
        seats.as_of as seat_as_of,
        case when seats.is_declared then candidates.votes_declared else candidates.votes_counted end
            as votes,
        case
            when seats.is_declared then candidates.valid_declared else candidates.valid_counted
        end as valid_votes,
        case
            when seats.is_declared then candidates.place_declared
            when candidates.valid_counted > 0 then candidates.place_counted
        end as position
    from candidates
    inner join seats on seats.constituency_id = candidates.constituency_id

)

select
    night_id,
    candidate_id,
    constituency_id,
    constituency_name,
    region_id,
    candidate_name,
    {{ monogram('candidate_name') }} as monogram,
    party_id,
    party_name,
    party_abbreviation,
    {{ party_colour('party_abbreviation') }} as party_colour,
    {{ party_text_colour('party_abbreviation') }} as party_text_colour,
    {{ party_short_label('party_abbreviation') }} as party_short_label,
    ballot_order,
    is_incumbent,
    votes,
    votes_counted,
    votes_declared,
    cast(votes as {{ dbt.type_float() }}) / nullif(cast(valid_votes as bigint), 0) as share,
    previous_share,
    case when is_declared and party_candidates = 1 then
        cast(votes as {{ dbt.type_float() }}) / nullif(cast(valid_votes as bigint), 0) - previous_share
    end as share_change,
    position,
    case when not is_embargoed then
        is_led and not is_declared and line_counted = 1
    end as is_leading,
    case when is_declared then coalesce(winner_candidate_id = candidate_id, false) end
        as is_winner,
    case when is_declared then votes * 20 < valid_votes end as has_lost_deposit,
    status,
    seat_as_of as as_of
from chosen
