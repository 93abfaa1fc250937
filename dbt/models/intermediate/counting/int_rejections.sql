-- Messages that dbt rejects, by offset and reason: those refused on their own account and those
-- that the rules refuse.
select
    refused.topic,
    refused.kafka_partition,
    refused.kafka_offset,
    refused.reason
from {{ ref('stg_raw__rejected_messages') }} as refused
inner join {{ ref('int_countable') }} as countable
    on countable.topic = refused.topic
    and countable.kafka_partition = refused.kafka_partition
    and refused.kafka_offset < countable.next_offset
where refused.night_id = {{ night() }}
{% for topic in big_topics() + small_topics() %}
union all

select
    '{{ topic }}' as topic,
    kafka_partition,
    kafka_offset,
    reason
from {{ ref('int_' ~ topic ~ '_classified') }}
where night_id = {{ night() }} and message_class = 'rejected'
{% endfor %}
