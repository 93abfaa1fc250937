with

named as (

    {{ declared_votes(ref('int_live_declarations')) }}

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
