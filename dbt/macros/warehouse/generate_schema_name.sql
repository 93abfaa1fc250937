{# Schemas are named exactly staging, intermediate and marts: one warehouse, one project. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
