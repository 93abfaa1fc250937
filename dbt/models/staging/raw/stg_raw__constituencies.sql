with

source as (

    select * from {{ source('raw', 'constituencies') }}
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
        name as constituency_name,
        region_id,
        region_name,
        nation,
        electorate,
        previous_winner as previous_winner_party,
        previous_shares,
        hex_q,
        hex_r,
        stations
    from source

)

select * from renamed
