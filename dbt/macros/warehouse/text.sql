{# Regular expression that matches in full. #}
{% macro matches(expression, pattern) %}
    {{- return(adapter.dispatch('matches')(expression, pattern)) -}}
{% endmacro %}
{% macro postgres__matches(expression, pattern) -%}
    {{ expression }} ~ '^({{ pattern }})$'
{%- endmacro %}
{% macro bigquery__matches(expression, pattern) -%}
    regexp_contains({{ expression }}, r'^({{ pattern }})$')
{%- endmacro %}

{# A number from 0 to `buckets` - 1 that a text always gets, in every warehouse the same. #}
{% macro stable_bucket(expression, buckets) %}
    {{- return(adapter.dispatch('stable_bucket')(expression, buckets)) -}}
{% endmacro %}
{% macro postgres__stable_bucket(expression, buckets) -%}
    mod(cast(cast('x' || substr(md5({{ expression }}), 1, 7) as bit(28)) as integer), {{ buckets }})
{%- endmacro %}
{% macro bigquery__stable_bucket(expression, buckets) -%}
    mod(
        cast(concat('0x', substr(to_hex(md5({{ expression }})), 1, 7)) as int64), {{ buckets }}
    )
{%- endmacro %}

{% macro text_list(expression, order_by) %}
    {{- return(adapter.dispatch('text_list')(expression, order_by)) -}}
{% endmacro %}
{% macro postgres__text_list(expression, order_by) -%}
    string_agg({{ expression }}, ', ' order by {{ order_by }})
{%- endmacro %}
{% macro bigquery__text_list(expression, order_by) -%}
    string_agg({{ expression }}, ', ' order by {{ order_by }})
{%- endmacro %}

{# 12345 as 12,345 #}
{% macro thousands(expression) %}
    {{- return(adapter.dispatch('thousands')(expression)) -}}
{% endmacro %}
{% macro postgres__thousands(expression) -%}
    trim(to_char({{ expression }}, '999,999,999,990'))
{%- endmacro %}
{% macro bigquery__thousands(expression) -%}
    format("%'d", cast({{ expression }} as int64))
{%- endmacro %}

{# .4567 as 45.7 #}
{% macro percent(expression) %}
    {{- return(adapter.dispatch('percent')(expression)) -}}
{% endmacro %}
{% macro postgres__percent(expression) -%}
    trim(to_char(100 * {{ expression }}, '990.0'))
{%- endmacro %}
{% macro bigquery__percent(expression) -%}
    format('%.1f', 100 * {{ expression }})
{%- endmacro %}

{# First letters of the first and the last word of a name. #}
{% macro monogram(name) %}
    {{- return(adapter.dispatch('monogram')(name)) -}}
{% endmacro %}
{% macro postgres__monogram(name) -%}
    upper(left({{ name }}, 1) || case
        when {{ name }} like '% %' then left(regexp_replace({{ name }}, '^.* ', ''), 1) else ''
    end)
{%- endmacro %}
{% macro bigquery__monogram(name) -%}
    upper(concat(substr({{ name }}, 1, 1), case
        when {{ name }} like '% %' then substr(regexp_replace({{ name }}, r'^.* ', ''), 1, 1) else ''
    end))
{%- endmacro %}
