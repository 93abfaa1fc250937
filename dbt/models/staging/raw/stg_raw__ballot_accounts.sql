with

source as (

    select * from {{ source('raw', 'ballot_accounts') }}
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
        kind as account_kind,
        id as account_id,
        constituency_id,
        count as account_count,
        version as account_version,
        sealed_at
    from source

)

select * from renamed
