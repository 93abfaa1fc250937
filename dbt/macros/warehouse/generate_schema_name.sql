{# Schemas are named exactly staging, intermediate and marts: one warehouse, one project. Several
   may share a BigQuery project, so that its datasets can have a prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set name = custom_schema_name or 'marts' -%}
    {{ adapter.dispatch('dataset')(name | trim) }}
{%- endmacro %}

{% macro postgres__dataset(name) %}{{ return(name) }}{% endmacro %}
{% macro bigquery__dataset(name) %}
    {{ return(env_var('BIGQUERY_DATASET_PREFIX', 'tallyhouse_') ~ name) }}
{% endmacro %}
