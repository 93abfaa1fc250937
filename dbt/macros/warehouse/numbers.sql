{# Whole numbers `first`..`last` of each row before it, to stand after a relation in `from`. #}
{% macro join_numbers(first, last, alias) %}
    {{- return(adapter.dispatch('join_numbers')(first, last, alias)) -}}
{% endmacro %}
{% macro postgres__join_numbers(first, last, alias) -%}
    cross join lateral generate_series({{ first }}, {{ last }}) as {{ alias }} (number)
{%- endmacro %}

{% macro percentile(expression, fraction) %}
    {{- return(adapter.dispatch('percentile')(expression, fraction)) -}}
{% endmacro %}
{% macro postgres__percentile(expression, fraction) -%}
    percentile_cont({{ fraction }}) within group (order by {{ expression }})
{%- endmacro %}

{# Planner statistics after a large append; a warehouse that keeps its own needs nothing. #}
{% macro refresh_statistics(relation) %}
    {{- return(adapter.dispatch('refresh_statistics')(relation)) -}}
{% endmacro %}
{% macro postgres__refresh_statistics(relation) -%}
    analyze {{ relation }}
{%- endmacro %}

{# Memory for the sorts of one large statement; nothing where the warehouse decides itself. #}
{% macro allow_large_sort() %}
    {{- return(adapter.dispatch('allow_large_sort')()) -}}
{% endmacro %}
{% macro postgres__allow_large_sort() -%}
    set local work_mem = '128MB'
{%- endmacro %}
