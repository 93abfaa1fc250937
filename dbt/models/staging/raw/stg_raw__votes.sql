with

source as (

    select * from {{ source('raw', 'votes') }}
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
        count_batch_id,
        paper_no,
        candidate_id,
        rejection_reason as paper_rejected_for,
        counted_at
    from source

)

select * from renamed
