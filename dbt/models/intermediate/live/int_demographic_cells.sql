-- Electors and ballots issued by one characteristic at a time; unsuppressed, never shown.
{% for characteristic in ('age_band', 'sex', 'education') %}
select
    people.night_id,
    people.region_id,
    '{{ characteristic }}' as characteristic,
    people.{{ characteristic }} as characteristic_value,
    cast(sum(people.registered) as bigint) as registered,
    cast(sum(people.ballots_issued) as bigint) as ballots_issued
from {{ ref('stg_analytics__demographic_analysis') }} as people
where people.night_id = {{ night() }}
group by people.night_id, people.region_id, people.{{ characteristic }}
{{ 'union all' if not loop.last }}
{% endfor %}
