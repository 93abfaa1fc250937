select
    declarations.night_id,
    declarations.constituency_id,
    declarations.declaration_version,
    declarations.is_latest,
    votes.candidate_id,
    votes.vote_count,
    rank() over (
        partition by declarations.constituency_id, declarations.declaration_version
        order by votes.vote_count desc
    ) as place,
    row_number() over (
        partition by declarations.constituency_id, declarations.declaration_version
        order by votes.vote_count desc, votes.candidate_id
    ) as line,
    sum(votes.vote_count) over (
        partition by declarations.constituency_id, declarations.declaration_version
    ) as valid_votes
from {{ ref('int_live_declarations') }} as declarations
{{ join_json_list('declarations.votes', 'votes', {
    'candidate_id': 'text', 'vote_count': 'bigint'
}) }}
