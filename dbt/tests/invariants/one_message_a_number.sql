-- Every number is claimed once.
{% set identities = {
    'voters': ['polling_station_id', 'elector_no'],
    'ballots_issued': ['polling_station_id', 'issue_no'],
    'votes': ['count_batch_id', 'paper_no'],
    'ballot_accounts': ['account_kind', 'account_id', 'account_version'],
    'declarations': ['constituency_id', 'declaration_version'],
    'exit_poll': ['region_id', 'answer_no'],
    'constituencies': ['constituency_id'],
    'candidates': ['candidate_id'],
} %}
{% for topic, identity in identities.items() %}
select
    '{{ topic }}' as topic,
    min(kafka_offset) as first_offset,
    count(*) as messages
from {{ ref('int_' ~ topic ~ '_classified') }} as messages
where night_id = {{ night() }}
    {#- Only an issue number can belong to a message that is rejected all the same. #}
    and {{ claims_its_number('messages') }}
group by {{ identity | join(', ') }}
having count(*) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
