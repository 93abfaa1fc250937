-- Every message of raw in one class: accepted, late, duplicate or rejected.
with

classes as (

    {% for topic in big_topics() -%}
    select
        '{{ topic }}' as topic,
        kafka_partition,
        message_class,
        messages
    from {{ ref('int_' ~ topic ~ '_tallied') }}
    where night_id = {{ night() }}

    union all

    {% endfor -%}
    {% for topic in small_topics() -%}
    select
        '{{ topic }}' as topic,
        kafka_partition,
        message_class,
        count(*) as messages
    from {{ ref('int_' ~ topic ~ '_classified') }}
    group by kafka_partition, message_class

    union all

    {% endfor -%}
    select
        refused.topic,
        refused.kafka_partition,
        'rejected' as message_class,
        count(*) as messages
    from {{ ref('stg_raw__rejected_messages') }} as refused
    inner join {{ ref('int_countable') }} as countable
        on countable.topic = refused.topic
        and countable.kafka_partition = refused.kafka_partition
        and refused.kafka_offset < countable.next_offset
    where refused.night_id = {{ night() }}
    group by refused.topic, refused.kafka_partition

),

summed as (

    select
        topic,
        kafka_partition,
        sum(case when message_class = 'accepted' then messages else 0 end) as accepted,
        sum(case when message_class = 'late' then messages else 0 end) as late,
        sum(case when message_class = 'duplicate' then messages else 0 end) as duplicate,
        sum(case when message_class = 'rejected' then messages else 0 end) as rejected
    from classes
    group by topic, kafka_partition

)

select
    countable.night_id,
    countable.topic,
    countable.kafka_partition,
    countable.next_offset,
    cast(coalesce(summed.accepted, 0) as bigint) as accepted,
    cast(coalesce(summed.late, 0) as bigint) as late,
    cast(coalesce(summed.duplicate, 0) as bigint) as duplicate,
    cast(coalesce(summed.rejected, 0) as bigint) as rejected
from {{ ref('int_countable') }} as countable
left join summed
    on summed.topic = countable.topic
    and summed.kafka_partition = countable.kafka_partition
