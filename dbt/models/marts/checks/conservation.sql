-- Every message at every hop: who sent it, the broker's own log, and who took it from there.
with

batches as (

    select
        stage,
        topic,
        kafka_partition,
        min(first_offset) as first_offset,
        max(next_offset) as next_offset,
        count(*) as batches,
        cast(sum(messages) as bigint) as messages
    from {{ ref('stg_ops__batches') }}
    where night_id = {{ night() }}
    group by stage, topic, kafka_partition

),

produced as (

    select * from {{ ref('stg_ops__produced') }} where night_id = {{ night() }}

),

-- Where the log ends: as the broker was seen to say, or, once the night is over, was asked.
ends as (

    select topic, kafka_partition, max(next_offset) as next_offset
    from (
        select topic, kafka_partition, next_offset from produced
        union all
        select topic, kafka_partition, next_offset from batches where stage = 'broker'
    ) as said
    group by topic, kafka_partition

),

stages as (

    select
        topic, kafka_partition, 'generator' as stage, next_offset, acknowledged as messages,
        cast(null as bigint) as accepted, cast(null as bigint) as late,
        cast(null as bigint) as duplicate, cast(null as bigint) as rejected,
        -- What a killed run was not told about, and what strangers send, is in the log, too.
        cast(null as bigint) as unaccounted
    from produced

    union all

    select
        produced.topic, produced.kafka_partition, keepers.stage,
        coalesce(batches.next_offset, 0), coalesce(batches.messages, 0), null, null, null, null,
        coalesce(batches.next_offset - batches.messages, 0)
    from produced
    cross join (select 'broker' as stage union all select 'bronze') as keepers
    left join batches
        on batches.stage = keepers.stage
        and batches.topic = produced.topic
        and batches.kafka_partition = produced.kafka_partition

    union all

    select
        topic, kafka_partition, 'raw', next_offset, decoded + refused, null, null, null, null,
        next_offset - decoded - refused
    from {{ ref('stg_ops__landed') }}
    where night_id = {{ night() }}

    union all

    select
        topic, kafka_partition, 'spark', next_offset, messages, accepted, late, duplicate,
        rejected, next_offset - accepted - late - duplicate - rejected
    from {{ ref('stg_ops__tallied') }}
    where night_id = {{ night() }}

    union all

    select
        topic, kafka_partition, 'dbt', next_offset, accepted + late + duplicate + rejected,
        accepted, late, duplicate, rejected,
        next_offset - accepted - late - duplicate - rejected
    from {{ ref('int_message_classes') }}

)

select
    {{ night() }} as night_id,
    stages.topic,
    stages.kafka_partition,
    stages.stage,
    batches.first_offset,
    stages.next_offset,
    coalesce(batches.batches, 0) as batches,
    stages.messages,
    stages.accepted,
    stages.late,
    stages.duplicate,
    stages.rejected,
    stages.unaccounted,
    case when stages.next_offset >= ends.next_offset then 'complete' else 'behind' end as status,
    {{ wall_clock() }} as as_of
from stages
left join ends
    on ends.topic = stages.topic
    and ends.kafka_partition = stages.kafka_partition
left join batches
    on batches.stage = case stages.stage when 'raw' then 'ingestion' else stages.stage end
    and batches.topic = stages.topic
    and batches.kafka_partition = stages.kafka_partition
