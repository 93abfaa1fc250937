-- Every stage's batches join up: the first begins at offset 0, each where the one before ended, and
-- together they hold as many messages as the stage says it has. Left out are the generator's (what it
-- sent before a kill and was never told about is on the broker, and in none of them), and dbt's own,
-- which are written down after the run that would check them.
with

batches as (

    select
        stage,
        topic,
        kafka_partition,
        first_offset,
        next_offset,
        messages,
        coalesce(
            lag(next_offset) over (
                partition by stage, topic, kafka_partition order by first_offset, next_offset
            ),
            0
        ) as joins_at
    from {{ ref('stg_ops__batches') }}
    where night_id = {{ night() }} and stage not in ('generator', 'dbt')

),

joined as (

    select
        stage,
        topic,
        kafka_partition,
        sum(messages) as messages,
        max(next_offset) as next_offset,
        sum(case when first_offset = joins_at and next_offset > first_offset then 0 else 1 end)
            as breaks
    from batches
    group by stage, topic, kafka_partition

),

-- Where a stage writes its batches in one transaction with its state, both must always agree.
states as (

    select 'ingestion' as stage, topic, kafka_partition, next_offset
    from {{ ref('stg_ops__landed') }}
    where night_id = {{ night() }}

    union all

    select 'spark', topic, kafka_partition, next_offset
    from {{ ref('stg_ops__tallied') }}
    where night_id = {{ night() }}

    union all

    select stage, topic, kafka_partition, next_offset
    from joined
    where stage not in ('ingestion', 'spark')

)

select
    'batches_join_up' as check_name,
    states.topic as area_id,
    states.topic as area,
    {{ dbt.concat([
        "states.stage", "' partition '",
        "cast(states.kafka_partition as " ~ dbt.type_string() ~ ")"
    ]) }} as key,
    states.next_offset as expected,
    coalesce(joined.messages, 0) as actual,
    'error' as severity,
    true as is_comparable,
    coalesce(joined.messages, 0) = states.next_offset
    and coalesce(joined.next_offset, 0) = states.next_offset
    and coalesce(joined.breaks, 0) = 0 as is_ok,
    'messages of the stage, in batches that join up' as what
from states
left join joined
    on joined.stage = states.stage
    and joined.topic = states.topic
    and joined.kafka_partition = states.kafka_partition
