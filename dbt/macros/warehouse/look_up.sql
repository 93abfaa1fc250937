{# A join of rows to the one row of a large relation that meets some conditions.

   On PostgreSQL by the index for each of them: its planner thinks better of reading the whole
   relation as soon as a run has some hundred thousand rows, and the cost of a run would grow with
   the night's history. #}
{% macro look_up(kind, relation, alias, conditions) %}
    {{- return(adapter.dispatch('look_up')(kind, relation, alias, conditions)) -}}
{% endmacro %}

{% macro postgres__look_up(kind, relation, alias, conditions) -%}
    {{ kind }} join lateral (
        select {{ alias }}.*
        from {{ relation }} as {{ alias }}
        where {{ conditions | join(' and ') }}
        limit 1
    ) as {{ alias }} on true
{%- endmacro %}

{% macro bigquery__look_up(kind, relation, alias, conditions) -%}
    {{ kind }} join {{ relation }} as {{ alias }}
        on {{ conditions | join(' and ') }}
{%- endmacro %}

{# That a row has the number of an account that is looked for, such as an issue number of a station:
   an index of its `number_key` finds it. #}
{% macro has_number(account, number, wanted_account, wanted_number) %}
    {{- return(adapter.dispatch('has_number')(account, number, wanted_account, wanted_number)) -}}
{% endmacro %}

{% macro postgres__has_number(account, number, wanted_account, wanted_number) -%}
    {{ number_key(account, number) }} = {{ number_key(wanted_account, wanted_number) }}
    and {{ default__has_number(account, number, wanted_account, wanted_number) }}
{%- endmacro %}

{% macro default__has_number(account, number, wanted_account, wanted_number) -%}
    {{ account }} = {{ wanted_account }} and {{ number }} = {{ wanted_number }}
{%- endmacro %}
