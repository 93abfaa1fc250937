with

source as (

    select * from {{ source('ops', 'tallied') }}

),

renamed as (

    select
        night_id,
        topic,
        kafka_partition,
        next_offset,
        messages,
        accepted,
        late,
        duplicate,
        rejected,
        ledger_version,
        updated_at
    from source

)

select * from renamed
