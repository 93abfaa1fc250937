{# Rows of a JSON list of objects, to stand after a relation in `from`.
   `columns` maps each member to its type. #}
{% macro join_json_list(expression, alias, columns) %}
    {{- return(adapter.dispatch('join_json_list')(expression, alias, columns)) -}}
{% endmacro %}
{% macro postgres__join_json_list(expression, alias, columns) -%}
    cross join lateral jsonb_to_recordset(cast({{ expression }} as jsonb)) as {{ alias }} (
        {%- for name, type in columns.items() %}{{ name }} {{ type }}{{ ', ' if not loop.last }}{% endfor -%}
    )
{%- endmacro %}

{% macro json_list_length(expression) %}
    {{- return(adapter.dispatch('json_list_length')(expression)) -}}
{% endmacro %}
{% macro postgres__json_list_length(expression) -%}
    cast(jsonb_array_length(cast({{ expression }} as jsonb)) as bigint)
{%- endmacro %}
