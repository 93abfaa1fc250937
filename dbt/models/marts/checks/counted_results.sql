with

night as (

    select * from {{ ref('int_night') }} where not is_embargoed

),

both_counts as (

    select
        ours.constituency_id,
        ours.candidate_id,
        ours.party_abbreviation,
        ours.votes,
        coalesce(theirs.vote_count, 0) as votes_by_stream
    from {{ ref('int_candidate_counts') }} as ours
    cross join night
    left join {{ ref('stg_analytics__candidate_totals') }} as theirs
        on theirs.night_id = ours.night_id
        and theirs.candidate_id = ours.candidate_id

),

ranked as (

    select
        both_counts.*,
        rank() over (partition by constituency_id order by votes desc) as place,
        count(*) over (partition by constituency_id, votes) as sharing,
        rank() over (partition by constituency_id order by votes_by_stream desc)
            as place_by_stream,
        count(*) over (partition by constituency_id, votes_by_stream) as sharing_by_stream
    from both_counts

),

won as (

    select
        ranked.*,
        case when place = 1 and sharing = 1 and votes > 0 then 1 else 0 end as is_won,
        case
            when place_by_stream = 1 and sharing_by_stream = 1 and votes_by_stream > 0
                then 1
            else 0
        end as is_won_by_stream
    from ranked

)

select
    {{ night() }} as night_id,
    party_abbreviation,
    cast(sum(is_won) as bigint) as seats,
    cast(sum(votes) as bigint) as votes,
    cast(sum(is_won_by_stream) as bigint) as seats_by_stream,
    cast(sum(votes_by_stream) as bigint) as votes_by_stream,
    cast(
        (select count(*) from {{ ref('int_constituencies') }}) - (select sum(is_won) from won)
        as bigint
    ) as seats_undecided,
    case when {{ is_final() }} then 'final' else 'provisional' end as status,
    {{ wall_clock() }} as as_of
from won
group by party_abbreviation
