{# Offsets that this run adds to an incremental model, asked for beforehand, so that the planner
   reads the index and the cost of a run does not grow with the night's history.

   For each partition: after the newest offset that the model has (`progress`, an expression over
   the model's rows), up to what had landed when the run began. #}
{% macro new_offsets(topic, relation_alias, progress) -%}
    {%- set limits = ref('int_countable') -%}
    {%- if not execute -%}
        {{ return('false') }}
    {%- endif -%}
    {%- set query -%}
        select
            limits.kafka_partition,
            limits.next_offset,
            {% if is_incremental() -%}
            coalesce((
                select {{ progress }} from {{ this }} as counted
                where counted.night_id = {{ night() }}
                    and counted.kafka_partition = limits.kafka_partition
            ) + 1, 0) as first_offset
            {%- else -%}
            0 as first_offset
            {%- endif %}
        from {{ limits }} as limits
        where limits.night_id = {{ night() }} and limits.topic = '{{ topic }}'
        order by limits.kafka_partition
    {%- endset -%}
    {%- set predicates = ['false'] -%}
    {%- for partition, next_offset, first_offset in run_query(query).rows -%}
        {%- if first_offset < next_offset -%}
            {%- do predicates.append(
                '(' ~ relation_alias ~ '.kafka_partition = ' ~ (partition | int)
                ~ ' and ' ~ relation_alias ~ '.kafka_offset >= ' ~ offset_bound(first_offset)
                ~ ' and ' ~ relation_alias ~ '.kafka_offset < ' ~ offset_bound(next_offset) ~ ')'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('(' ~ predicates | join(' or ') ~ ')') }}
{%- endmacro %}

{# An offset of an increment is one that statistics may not know yet. PostgreSQL takes a range of literals
   above the greatest value that it has seen for one row, and joins a hundred thousand messages one by
   one; what it reads at run time it takes for a two-hundredth of the table, however old they are. #}
{% macro offset_bound(offset) %}{{ return(adapter.dispatch('offset_bound')(offset | int)) }}{% endmacro %}
{% macro postgres__offset_bound(offset) %}
    {{- return('(select ' ~ offset ~ ')' if is_incremental() else offset) -}}
{% endmacro %}
{# Literals tell which blocks of a clustered table are read. #}
{% macro bigquery__offset_bound(offset) %}{{ return(offset) }}{% endmacro %}
