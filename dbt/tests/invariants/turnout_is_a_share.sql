{{ config(tags=['edition']) }}

-- Turnout lies between 0 and 1 and says what it is a share of.
{% for mart in (
    'national_summary', 'constituency_results', 'regional_turnout', 'polling_station_turnout',
    'demographic_turnout', 'turnout_over_time', 'fct_declaration',
) %}
select '{{ mart }}' as mart, turnout, turnout_basis
from {{ checked(mart) }}
where turnout is not null
    and (turnout < 0 or turnout > 1 or turnout_basis not in ('ballots_issued', 'declared'))
{{ 'union all' if not loop.last }}
{% endfor %}
