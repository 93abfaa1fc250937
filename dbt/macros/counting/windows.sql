{# Offsets that this run adds to an incremental model, as literals, so that the planner reads
   the index and the cost of a run does not grow with the night's history.

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
                ~ ' and ' ~ relation_alias ~ '.kafka_offset >= ' ~ (first_offset | int)
                ~ ' and ' ~ relation_alias ~ '.kafka_offset < ' ~ (next_offset | int) ~ ')'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('(' ~ predicates | join(' or ') ~ ')') }}
{%- endmacro %}
