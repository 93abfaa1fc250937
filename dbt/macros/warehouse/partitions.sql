{# Ends a select from raw. PostgreSQL's key keeps an offset from landing twice; BigQuery's load jobs
   append, and what a killed one left is there again: each offset is shown once. The days are those
   of landing: what a message says of its own time hides none. #}
{% macro landed_once(key) %}{{ return(adapter.dispatch('landed_once')(key)) }}{% endmacro %}
{% macro postgres__landed_once(key) %}{% endmacro %}
{% macro bigquery__landed_once(key) -%}
    where {{ written_since_night_began('landed_at') }}
    qualify row_number() over (partition by {{ key }} order by landed_at, _dlt_load_id) = 1
{%- endmacro %}

{# That a time of writing may be of the night: where it is a partition, the others are not read. The
   night's id says when it began; a day is added for clocks that differ. #}
{% macro written_since_night_began(column) %}
    {{- return(adapter.dispatch('written_since_night_began')(column)) -}}
{% endmacro %}
{% macro postgres__written_since_night_began(column) %}true{% endmacro %}
{% macro bigquery__written_since_night_began(column) -%}
    {{ column }} >= timestamp_sub(timestamp '{{ first_day_of_night() }}', interval 1 day)
{%- endmacro %}

{# The day that a night's id ends in, such as 2026-11-23 of parl.2017-06-08.20261123T234501Z. #}
{% macro first_day_of_night() %}
    {%- set found = modules.re.match('.*[.]([0-9]{4})([0-9]{2})([0-9]{2})T[0-9]{6}Z$', var('night_id')) -%}
    {{ return('-'.join(found.groups()) if found else '2000-01-01') }}
{% endmacro %}

{# Ends a select from a live table: of the day that the night polls, where that is a partition. #}
{% macro of_polling_day() %}{{ return(adapter.dispatch('of_polling_day')()) }}{% endmacro %}
{% macro postgres__of_polling_day() %}{% endmacro %}
{% macro bigquery__of_polling_day() -%}
    {%- if var('polling_date') -%}
    where polling_date = date '{{ var("polling_date") }}'
    {%- endif -%}
{%- endmacro %}
