with

source as (

    select * from {{ source('ops', 'landed') }}

),

renamed as (

    select
        night_id,
        topic,
        kafka_partition,
        next_offset,
        messages,
        decoded,
        refused,
        updated_at
    from source

)

select * from renamed
