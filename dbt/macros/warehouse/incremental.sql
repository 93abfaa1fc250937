{# BigQuery merges where PostgreSQL deletes and inserts, and appends by a merge without a key. #}
{% macro dbt_bigquery_validate_get_incremental_strategy(config) %}
    {{ return('merge') }}
{% endmacro %}

{# What rows of a snapshot replace: a night's rows at once, or each the one of its grain. #}
{% macro replaced_rows(grain) %}{{ return(adapter.dispatch('replaced_rows')(grain)) }}{% endmacro %}
{% macro postgres__replaced_rows(grain) %}{{ return('night_id') }}{% endmacro %}
{% macro bigquery__replaced_rows(grain) %}{{ return(grain) }}{% endmacro %}
