-- Candidates with what is counted and what is declared; numbers are NULL before close of poll.
with

night as (

    select * from {{ ref('int_live_night') }}

),

joined as (

    select
        nominations.night_id,
        nominations.candidate_id,
        nominations.constituency_id,
        nominations.region_id,
        nominations.candidate_name,
        nominations.party_id,
        nominations.party_name,
        nominations.party_abbreviation,
        nominations.ballot_order,
        nominations.is_incumbent,
        case when not night.is_embargoed then coalesce(totals.vote_count, 0) end
            as votes_counted,
        declared.vote_count as votes_declared,
        declared.valid_votes as valid_declared,
        declared.place as place_declared,
        declared.line as line_declared,
        previous.previous_share,
        totals.as_of
    from {{ ref('stg_analytics__nominations') }} as nominations
    inner join night on night.night_id = nominations.night_id
    left join {{ ref('stg_analytics__candidate_totals') }} as totals
        on totals.night_id = nominations.night_id
        and totals.constituency_id = nominations.constituency_id
        and totals.candidate_id = nominations.candidate_id
    left join {{ ref('int_live_declared_votes') }} as declared
        on declared.constituency_id = nominations.constituency_id
        and declared.candidate_id = nominations.candidate_id
        and declared.is_latest
    left join {{ ref('int_live_previous_shares') }} as previous
        on previous.constituency_id = nominations.constituency_id
        and previous.party_abbreviation = nominations.party_abbreviation

)

select
    joined.*,
    sum(votes_counted) over (partition by constituency_id) as valid_counted,
    rank() over (partition by constituency_id order by votes_counted desc nulls last)
        as place_counted,
    row_number() over (
        partition by constituency_id
        order by votes_counted desc nulls last, candidate_id
    ) as line_counted,
    -- A party may stand twice in a seat; its previous share is that of all its candidates.
    count(*) over (partition by constituency_id, party_abbreviation) as party_candidates,
    row_number() over (
        partition by constituency_id, party_abbreviation
        order by votes_declared desc nulls last, candidate_id
    ) as party_line
from joined
