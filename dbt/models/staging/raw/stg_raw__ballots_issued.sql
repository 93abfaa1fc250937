with

source as (

    select * from {{ source('raw', 'ballots_issued') }}
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
        constituency_id,
        polling_station_id,
        issue_no,
        elector_no,
        method,
        age_band,
        sex,
        education,
        issued_at
    from source

)

select * from renamed
