{# Whole numbers `first`..`last` of each row before it, to stand after a relation in `from`. #}
{% macro join_numbers(first, last, alias) %}
    {{- return(adapter.dispatch('join_numbers')(first, last, alias)) -}}
{% endmacro %}
{% macro postgres__join_numbers(first, last, alias) -%}
    cross join lateral generate_series({{ first }}, {{ last }}) as {{ alias }} (number)
{%- endmacro %}
{% macro bigquery__join_numbers(first, last, alias) -%}
    cross join unnest(array(
        select as struct number from unnest(generate_array({{ first }}, {{ last }})) as number
    )) as {{ alias }}
{%- endmacro %}

{% macro percentile(expression, fraction) %}
    {{- return(adapter.dispatch('percentile')(expression, fraction)) -}}
{% endmacro %}
{% macro postgres__percentile(expression, fraction) -%}
    percentile_cont({{ fraction }}) within group (order by {{ expression }})
{%- endmacro %}
{# Exact percentiles are window functions alone there; one in a hundred is near enough. #}
{% macro bigquery__percentile(expression, fraction) -%}
    approx_quantiles({{ expression }}, 100)[offset({{ (fraction | float * 100) | int }})]
{%- endmacro %}

{# The greatest or least of some values, of which those that are NULL do not count. #}
{% macro greatest_of(values) %}{{ return(adapter.dispatch('greatest_of')(values)) }}{% endmacro %}
{% macro postgres__greatest_of(values) -%}
    greatest({{ values | join(', ') }})
{%- endmacro %}
{% macro bigquery__greatest_of(values) -%}
    greatest({{ rotations(values) }})
{%- endmacro %}

{% macro least_of(values) %}{{ return(adapter.dispatch('least_of')(values)) }}{% endmacro %}
{% macro postgres__least_of(values) -%}
    least({{ values | join(', ') }})
{%- endmacro %}
{% macro bigquery__least_of(values) -%}
    least({{ rotations(values) }})
{%- endmacro %}

{# coalesce(a, b), coalesce(b, a): where one value is NULL, another stands in its place. #}
{% macro rotations(values) -%}
    {%- for at in range(values | length) -%}
    coalesce({{ (values[at:] + values[:at]) | join(', ') }}){{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
