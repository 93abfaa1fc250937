with

source as (

    select * from {{ source('ops', 'batches') }}
    where {{ written_since_night_began('started_at') }}

),

renamed as (

    select
        night_id,
        stage,
        batch,
        topic,
        kafka_partition,
        first_offset,
        next_offset,
        messages,
        accepted,
        late,
        duplicate,
        rejected,
        first_produced_at,
        last_produced_at,
        started_at,
        finished_at
    from source

)

select * from renamed
