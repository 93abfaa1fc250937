with

produced as (

    select * from {{ ref('stg_ops__produced') }} where night_id = {{ night() }}

),

landed as (

    select * from {{ ref('stg_ops__landed') }} where night_id = {{ night() }}

),

tallied as (

    select * from {{ ref('stg_ops__tallied') }} where night_id = {{ night() }}

),

compared as (

    select
        'raw_has_all_of_broker' as check_name,
        produced.topic,
        produced.kafka_partition,
        produced.next_offset as expected,
        landed.next_offset as actual,
        coalesce(produced.next_offset = landed.next_offset, false) as is_ok,
        false as is_comparable,
        'messages on the broker, in raw' as what
    from produced
    left join landed
        on landed.topic = produced.topic
        and landed.kafka_partition = produced.kafka_partition

    union all

    select
        'spark_has_all_of_broker',
        produced.topic,
        produced.kafka_partition,
        produced.next_offset,
        tallied.next_offset,
        coalesce(produced.next_offset = tallied.next_offset, false),
        false,
        'messages on the broker, in ledgers of the stream'
    from produced
    left join tallied
        on tallied.topic = produced.topic
        and tallied.kafka_partition = produced.kafka_partition

    union all

    select
        'broker_keeps_what_it_acknowledged',
        topic,
        kafka_partition,
        acknowledged,
        next_offset,
        acknowledged <= next_offset,
        true,
        'messages acknowledged, on the broker'
    from produced

    union all

    select
        'plan_is_sent',
        topic,
        kafka_partition,
        planned,
        position,
        planned = position,
        false,
        'messages planned, acknowledged in order'
    from produced

    union all

    select
        'raw_conserves',
        topic,
        kafka_partition,
        next_offset,
        decoded + refused,
        next_offset = messages and next_offset = decoded + refused,
        true,
        'messages read, landed in raw'
    from landed

    union all

    select
        'spark_conserves',
        topic,
        kafka_partition,
        next_offset,
        accepted + late + duplicate + rejected,
        next_offset = messages and next_offset = accepted + late + duplicate + rejected,
        true,
        'messages in ledgers of the stream, in one class each'
    from tallied

    union all

    select
        'dbt_conserves',
        topic,
        kafka_partition,
        next_offset,
        accepted + late + duplicate + rejected,
        next_offset = accepted + late + duplicate + rejected,
        true,
        'messages landed, found in raw and in one class each'
    from {{ ref('int_message_classes') }}

)

select
    check_name,
    topic as area_id,
    topic as area,
    {{ dbt.concat(["'partition '", "cast(kafka_partition as " ~ dbt.type_string() ~ ")"]) }} as key,
    expected,
    actual,
    'error' as severity,
    is_comparable,
    is_ok,
    what
from compared
