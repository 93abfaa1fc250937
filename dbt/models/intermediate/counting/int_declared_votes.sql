{{ config(materialized='table', tags=['cadence']) }}

select
    declarations.night_id,
    declarations.constituency_id,
    declarations.declaration_version,
    declarations.is_latest,
    votes.candidate_id,
    sum(votes.vote_count) as vote_count
from {{ ref('int_declarations') }} as declarations
{{ join_json_list('declarations.votes', 'votes', {
    'candidate_id': 'text', 'vote_count': 'bigint'
}) }}
group by
    declarations.night_id,
    declarations.constituency_id,
    declarations.declaration_version,
    declarations.is_latest,
    votes.candidate_id
