{# Planner statistics after a large append, from 3,000 rows instead of 30,000: each of them is a page to
   read in every run, late in a night from disk. A warehouse that keeps its own needs nothing. #}
{% macro refresh_statistics(relation) %}
    {{- return(adapter.dispatch('refresh_statistics')(relation)) -}}
{% endmacro %}
{% macro postgres__refresh_statistics(relation) -%}
    set local default_statistics_target = 10;
    analyze {{ relation }}
{%- endmacro %}
{% macro bigquery__refresh_statistics(relation) %}{% endmacro %}

{# Memory for the sorts of one large statement; nothing where the warehouse decides itself. #}
{% macro allow_large_sort() %}
    {{- return(adapter.dispatch('allow_large_sort')()) -}}
{% endmacro %}
{% macro postgres__allow_large_sort() -%}
    set local work_mem = '128MB'
{%- endmacro %}
{% macro bigquery__allow_large_sort() %}{% endmacro %}
