-- Topics of which both engines have exactly the same messages: only then may counts be compared.
select
    countable.topic,
    min(case when countable.next_offset = tallied.next_offset then 1 else 0 end) = 1
        as is_comparable
from {{ ref('int_countable') }} as countable
left join {{ ref('stg_ops__tallied') }} as tallied
    on tallied.night_id = countable.night_id
    and tallied.topic = countable.topic
    and tallied.kafka_partition = countable.kafka_partition
group by countable.topic
