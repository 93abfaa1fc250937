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
{% macro bigquery__join_json_list(expression, alias, columns) -%}
    cross join unnest(array(
        select as struct
            {%- for name, type in columns.items() %}
            cast(json_value(item, '$.{{ name }}') as {{ bigquery_type(type) }}) as {{ name }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        from unnest(json_query_array({{ expression }})) as item
    )) as {{ alias }}
{%- endmacro %}

{% macro json_list_length(expression) %}
    {{- return(adapter.dispatch('json_list_length')(expression)) -}}
{% endmacro %}
{% macro postgres__json_list_length(expression) -%}
    cast(jsonb_array_length(cast({{ expression }} as jsonb)) as bigint)
{%- endmacro %}
{% macro bigquery__json_list_length(expression) -%}
    array_length(json_query_array({{ expression }}))
{%- endmacro %}
