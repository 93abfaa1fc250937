-- Duplicates that say something else than the message that claimed the number, in more than
-- produced_at and sent_at; both offsets. Elector fields are compared, never shown.
{% for topic in big_topics() + small_topics() %}
{{ 'union all' if not loop.first }}

select
    '{{ topic }}' as topic,
    duplicates.kafka_partition,
    duplicates.kafka_offset,
    duplicates.claimed_partition,
    duplicates.claimed_offset
from {{ ref('int_' ~ topic ~ '_classified') }} as duplicates
{{ look_up('inner', ref('stg_raw__' ~ topic), 'repeated', [
    'repeated.night_id = duplicates.night_id',
    'repeated.kafka_partition = duplicates.kafka_partition',
    'repeated.kafka_offset = duplicates.kafka_offset',
]) }}
{{ look_up('inner', ref('stg_raw__' ~ topic), 'original', [
    'original.night_id = duplicates.night_id',
    'original.kafka_partition = duplicates.claimed_partition',
    'original.kafka_offset = duplicates.claimed_offset',
]) }}
where duplicates.night_id = {{ night() }}
    and duplicates.message_class = 'duplicate'
    and (
        {%- for column in content_columns(topic) %}
        {{ 'or ' if not loop.first }}original.{{ column }} is distinct from repeated.{{ column }}
        {%- endfor %}
    )
{% endfor %}
