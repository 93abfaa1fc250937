-- Papers counted from raw by candidate, a row for every nomination.
with

counted as (

    select
        candidate_id,
        sum(messages) as votes
    from {{ ref('int_votes_tallied') }}
    where night_id = {{ night() }} and candidate_id <> '-'
    group by candidate_id

)

select
    candidates.night_id,
    candidates.constituency_id,
    candidates.candidate_id,
    candidates.candidate_name,
    candidates.party_abbreviation,
    cast(coalesce(counted.votes, 0) as bigint) as votes
from {{ ref('int_candidates') }} as candidates
left join counted on counted.candidate_id = candidates.candidate_id
