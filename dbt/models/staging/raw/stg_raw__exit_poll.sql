with

source as (

    select * from {{ source('raw', 'exit_poll') }}
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
        region_id,
        answer_no,
        age_band,
        sex,
        education,
        party_abbreviation,
        refused
    from source

)

select * from renamed
