with

source as (

    select * from {{ source('raw', 'rejected_messages') }}
    {{ landed_once('night_id, topic, kafka_partition, kafka_offset') }}

),

renamed as (

    select
        night_id,
        topic,
        kafka_partition,
        kafka_offset,
        kafka_timestamp,
        reason,
        value_sha256,
        value_length
    from source

)

select * from renamed
