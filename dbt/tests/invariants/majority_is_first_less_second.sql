{{ config(tags=['edition']) }}

-- The majority is the first candidate's votes less the second's, and the winner is the first.
with

ranked as (

    select
        constituency_id,
        candidate_id,
        votes_declared,
        row_number() over (
            partition by constituency_id order by votes_declared desc, candidate_id
        ) as place
    from {{ checked('candidate_results') }}
    where votes_declared is not null

),

seats as (

    select
        constituency_id,
        max(case when place = 1 then candidate_id end) as first_candidate_id,
        max(case when place = 1 then votes_declared end) as first_votes,
        max(case when place = 2 then votes_declared end) as second_votes
    from ranked
    group by constituency_id

)

select
    results.constituency_id,
    results.majority,
    seats.first_votes,
    seats.second_votes
from {{ checked('constituency_results') }} as results
inner join seats on seats.constituency_id = results.constituency_id
where results.majority is distinct from seats.first_votes - seats.second_votes
    or (
        not results.is_tie
        and results.declared_winner_candidate_id is distinct from seats.first_candidate_id
    )
    or results.is_tie <> coalesce(seats.first_votes = seats.second_votes, false)
