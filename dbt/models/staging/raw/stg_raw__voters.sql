with

source as (

    select * from {{ source('raw', 'voters') }}
    {{ landed_once('night_id, kafka_partition, kafka_offset') }}

),

renamed as (

    select
        night_id,
        kafka_partition,
        kafka_offset,
        kafka_timestamp,
        schema_version,
        election_id,
        produced_at,
        sent_at,
        voter_key,
        constituency_id,
        polling_station_id,
        elector_no,
        age_band,
        sex,
        education,
        registered_at
    from source

)

select * from renamed
