with

source as (

    select * from {{ source('analytics', 'rejections') }}

),

renamed as (

    select
        night_id,
        topic,
        kafka_partition,
        kafka_offset,
        reason
    from source

)

select * from renamed
