with

stages as (

    select
        topic, kafka_partition, 'broker' as stage, next_offset, next_offset as messages,
        cast(null as bigint) as accepted, cast(null as bigint) as late,
        cast(null as bigint) as duplicate, cast(null as bigint) as rejected
    from {{ ref('stg_ops__produced') }}
    where night_id = {{ night() }}

    union all

    select
        topic, kafka_partition, 'raw', next_offset, decoded + refused, null, null, null, null
    from {{ ref('stg_ops__landed') }}
    where night_id = {{ night() }}

    union all

    select
        topic, kafka_partition, 'spark', next_offset, messages, accepted, late, duplicate, rejected
    from {{ ref('stg_ops__tallied') }}
    where night_id = {{ night() }}

    union all

    select
        topic, kafka_partition, 'dbt', next_offset, accepted + late + duplicate + rejected,
        accepted, late, duplicate, rejected
    from {{ ref('int_message_classes') }}

)

select
    {{ night() }} as night_id,
    stages.topic,
    stages.kafka_partition,
    stages.stage,
    stages.next_offset,
    stages.messages,
    stages.accepted,
    stages.late,
    stages.duplicate,
    stages.rejected,
    stages.next_offset
        - coalesce(
            stages.accepted + stages.late + stages.duplicate + stages.rejected, stages.messages
        ) as unaccounted,
    case when stages.next_offset >= broker.next_offset then 'complete' else 'behind' end as status,
    {{ wall_clock() }} as as_of
from stages
left join {{ ref('stg_ops__produced') }} as broker
    on broker.night_id = {{ night() }}
    and broker.topic = stages.topic
    and broker.kafka_partition = stages.kafka_partition
