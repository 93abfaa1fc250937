{# BigQuery merges where PostgreSQL deletes and inserts, and appends by a merge without a key. #}
{% macro dbt_bigquery_validate_get_incremental_strategy(config) %}
    {{ return('merge') }}
{% endmacro %}

{# A merge looks at rows of the night that is built, which BigQuery can only know from a literal. #}
{% macro bigquery__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) %}
    {%- set of_the_night = ['DBT_INTERNAL_DEST.night_id = ' ~ night()] if unique_key else [] -%}
    {{ return(default__get_merge_sql(
        target, source, unique_key, dest_columns, (incremental_predicates or []) + of_the_night
    )) }}
{% endmacro %}

{# What rows of a snapshot replace: a night's rows at once, or each the one of its grain. #}
{% macro replaced_rows(grain) %}{{ return(adapter.dispatch('replaced_rows')(grain)) }}{% endmacro %}
{% macro postgres__replaced_rows(grain) %}{{ return('night_id') }}{% endmacro %}
{% macro bigquery__replaced_rows(grain) %}{{ return(grain) }}{% endmacro %}
