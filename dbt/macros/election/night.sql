{# The night that tables are built for, as a literal. #}
{% macro night() -%}
    '{{ var("night_id") | replace("'", "''") }}'
{%- endmacro %}

{% macro is_final() -%}
    {{ 'true' if (var('is_final') | string | lower) == 'true' else 'false' }}
{%- endmacro %}

{# The election's clock at a wall-clock time; columns of ops.election_clock. #}
{% macro election_time(clock, wall_at) -%}
    {{ plus_seconds(
        clock ~ '.anchor_election_at',
        seconds_between(clock ~ '.anchor_wall_at', wall_at) ~ ' * ' ~ clock ~ '.speed'
    ) }}
{%- endmacro %}

{# Ind and Spk are nobody's party. #}
{% macro is_party(abbreviation) -%}
    ({{ abbreviation }} not in ('Ind', 'Independent', 'Spk'))
{%- endmacro %}
