with

source as (

    select * from {{ source('raw', 'candidates') }}
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
        candidate_id,
        constituency_id,
        name as candidate_name,
        party_id,
        party_name,
        party_abbreviation,
        is_incumbent,
        ballot_order,
        image_url,
        nominated_at
    from source

)

select * from renamed
