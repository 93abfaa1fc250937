{# Types are written as PostgreSQL names them; BigQuery knows some by another name. #}
{% macro bigquery_type(type) %}
    {{- return({
        'text': 'string',
        'bigint': 'int64',
        'double precision': 'float64',
        'timestamp with time zone': 'timestamp',
    }.get(type, type)) -}}
{% endmacro %}

{# Columns of an enforced contract, by BigQuery's names of their types. #}
{% macro bigquery_columns(columns) %}
    {%- set named = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do named.update({name: dict(column, data_type=bigquery_type(column['data_type']))}) -%}
    {%- endfor -%}
    {{ return(named) }}
{% endmacro %}

{% macro bigquery__get_empty_schema_sql(columns) %}
    {{ return(default__get_empty_schema_sql(bigquery_columns(columns))) }}
{% endmacro %}

{% macro bigquery__get_table_columns_and_constraints() -%}
    (
    {% for column in adapter.render_raw_columns_constraints(
        raw_columns=bigquery_columns(model['columns'])
    ) %}
        {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
    )
{%- endmacro %}
