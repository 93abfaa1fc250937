{# Body of an incremental tally: increments of CTE `news` added to what the table has.

   Rows are absolute counts a key, so the table's size follows the number of keys and not of
   runs; `last_offset` is the progress of a partition, in the same row as the count it belongs to.

   Args: keys (night_id and kafka_partition included, never null), measures (name -> aggregate
   over CTE `news`, added up), newest (name -> aggregate, the greatest is kept). #}
{% macro tally(keys, measures, newest={}) -%}
increments as (

    select
        {{ keys | join(', ') }},
        {%- for name, expression in measures.items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        {%- for name, expression in newest.items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        max(kafka_offset) as last_offset
    from news
    group by {{ keys | join(', ') }}

)

select
    {%- for key in keys %}
    increments.{{ key }},
    {%- endfor %}
    {%- for name in measures %}
    cast(increments.{{ name }}{{ ' + coalesce(tallied.' ~ name ~ ', 0)' if is_incremental() }} as bigint) as {{ name }},
    {%- endfor %}
    {%- for name in newest %}
    {{ greatest_of(['increments.' ~ name, 'tallied.' ~ name]) if is_incremental() else 'increments.' ~ name }} as {{ name }},
    {%- endfor %}
    increments.last_offset
from increments
{%- if is_incremental() %}
left join {{ this }} as tallied
    on tallied.night_id = {{ night() }} and {% for key in keys %}{{ ' and ' if not loop.first }}tallied.{{ key }} = increments.{{ key }}{% endfor %}
{%- endif %}
{%- endmacro %}
