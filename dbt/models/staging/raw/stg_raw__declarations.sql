with

source as (

    select * from {{ source('raw', 'declarations') }}
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
        version as declaration_version,
        status,
        electorate,
        rejected_ballots,
        votes,
        winner_candidate_id,
        is_tie,
        result_summary,
        declared_at,
        source as declaration_source,
        reason as correction_reason
    from source

)

select * from renamed
