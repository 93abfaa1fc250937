{# What differs between warehouses about time. Every macro has one implementation an adapter. #}

{% macro wall_clock() %}{{ return(adapter.dispatch('wall_clock')()) }}{% endmacro %}
{% macro postgres__wall_clock() %}now(){% endmacro %}
{% macro bigquery__wall_clock() %}current_timestamp(){% endmacro %}

{% macro micros_between(earlier, later) %}
    {{- return(adapter.dispatch('micros_between')(earlier, later)) -}}
{% endmacro %}
{% macro postgres__micros_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }}) - ({{ earlier }})) * 1000000 as bigint)
{%- endmacro %}
{% macro bigquery__micros_between(earlier, later) -%}
    timestamp_diff({{ later }}, {{ earlier }}, microsecond)
{%- endmacro %}

{% macro seconds_between(earlier, later) %}
    {{- return(adapter.dispatch('seconds_between')(earlier, later)) -}}
{% endmacro %}
{% macro postgres__seconds_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }}) - ({{ earlier }})) as double precision)
{%- endmacro %}
{% macro bigquery__seconds_between(earlier, later) -%}
    (timestamp_diff({{ later }}, {{ earlier }}, microsecond) / 1000000)
{%- endmacro %}

{# A time moved by so many seconds, which may be a fraction or negative. #}
{% macro plus_seconds(moment, seconds) %}
    {{- return(adapter.dispatch('plus_seconds')(moment, seconds)) -}}
{% endmacro %}
{% macro postgres__plus_seconds(moment, seconds) -%}
    ({{ moment }} + ({{ seconds }}) * interval '1 second')
{%- endmacro %}
{% macro bigquery__plus_seconds(moment, seconds) -%}
    timestamp_add(
        {{ moment }}, interval cast(round(({{ seconds }}) * 1000000) as int64) microsecond
    )
{%- endmacro %}

{% macro quarter_hour(moment) %}
    {{- return(adapter.dispatch('quarter_hour')(moment)) -}}
{% endmacro %}
{% macro postgres__quarter_hour(moment) -%}
    date_bin(interval '15 minutes', {{ moment }}, timestamp with time zone '2000-01-01 00:00:00+00')
{%- endmacro %}
{% macro bigquery__quarter_hour(moment) -%}
    timestamp_seconds(div(unix_seconds({{ moment }}), 900) * 900)
{%- endmacro %}

{# The start of the minute, in UTC whatever the session's time zone. #}
{% macro minute_start(moment) %}
    {{- return(adapter.dispatch('minute_start')(moment)) -}}
{% endmacro %}
{% macro postgres__minute_start(moment) -%}
    date_bin(interval '1 minute', {{ moment }}, timestamp with time zone '2000-01-01 00:00:00+00')
{%- endmacro %}
{% macro bigquery__minute_start(moment) -%}
    timestamp_trunc({{ moment }}, minute)
{%- endmacro %}
