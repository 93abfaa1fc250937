with

source as (

    select * from {{ source('ops', 'produced') }}

),

renamed as (

    select
        night_id,
        topic,
        kafka_partition,
        position,
        planned,
        acknowledged,
        refused,
        next_offset,
        updated_at
    from source

)

select * from renamed
