{# What declarations gave each candidate; one that is named twice has both figures, once. #}
{% macro declared_votes(declarations) -%}
select
    declarations.night_id,
    declarations.constituency_id,
    declarations.declaration_version,
    declarations.is_latest,
    given.candidate_id,
    cast(sum(given.vote_count) as bigint) as vote_count
from {{ declarations }} as declarations
{{ join_json_list('declarations.votes', 'given', {
    'candidate_id': 'text', 'vote_count': 'bigint'
}) }}
group by
    declarations.night_id,
    declarations.constituency_id,
    declarations.declaration_version,
    declarations.is_latest,
    given.candidate_id
{%- endmacro %}
