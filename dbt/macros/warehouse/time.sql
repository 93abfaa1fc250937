{# What differs between warehouses about time. Every macro has one implementation an adapter. #}

{% macro wall_clock() %}{{ return(adapter.dispatch('wall_clock')()) }}{% endmacro %}
{% macro postgres__wall_clock() %}now(){% endmacro %}

{% macro micros_between(earlier, later) %}
    {{- return(adapter.dispatch('micros_between')(earlier, later)) -}}
{% endmacro %}
{% macro postgres__micros_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }}) - ({{ earlier }})) * 1000000 as bigint)
{%- endmacro %}

{% macro seconds_between(earlier, later) %}
    {{- return(adapter.dispatch('seconds_between')(earlier, later)) -}}
{% endmacro %}
{% macro postgres__seconds_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }}) - ({{ earlier }})) as double precision)
{%- endmacro %}

{# A time moved by so many seconds, which may be a fraction or negative. #}
{% macro plus_seconds(moment, seconds) %}
    {{- return(adapter.dispatch('plus_seconds')(moment, seconds)) -}}
{% endmacro %}
{% macro postgres__plus_seconds(moment, seconds) -%}
    ({{ moment }} + ({{ seconds }}) * interval '1 second')
{%- endmacro %}

{% macro quarter_hour(moment) %}
    {{- return(adapter.dispatch('quarter_hour')(moment)) -}}
{% endmacro %}
{% macro postgres__quarter_hour(moment) -%}
    date_bin(interval '15 minutes', {{ moment }}, timestamp with time zone '2000-01-01 00:00:00+00')
{%- endmacro %}

{# The start of the minute, in UTC whatever the session's time zone. #}
{% macro minute_start(moment) %}
    {{- return(adapter.dispatch('minute_start')(moment)) -}}
{% endmacro %}
{% macro postgres__minute_start(moment) -%}
    date_bin(interval '1 minute', {{ moment }}, timestamp with time zone '2000-01-01 00:00:00+00')
{%- endmacro %}
