-- A declaration that names a candidate twice gives him both figures, once.
with

named as (

    select
        declarations.night_id,
        declarations.constituency_id,
        declarations.declaration_version,
        declarations.is_latest,
        votes.candidate_id,
        cast(sum(votes.vote_count) as bigint) as vote_count
    from {{ ref('int_live_declarations') }} as declarations
    {{ join_json_list('declarations.votes', 'votes', {
        'candidate_id': 'text', 'vote_count': 'bigint'
    }) }}
    group by
        declarations.night_id,
        declarations.constituency_id,
        declarations.declaration_version,
        declarations.is_latest,
        votes.candidate_id

)

select
    named.*,
    rank() over (
        partition by constituency_id, declaration_version
        order by vote_count desc
    ) as place,
    row_number() over (
        partition by constituency_id, declaration_version
        order by vote_count desc, candidate_id
    ) as line,
    sum(vote_count) over (
        partition by constituency_id, declaration_version
    ) as valid_votes
from named
