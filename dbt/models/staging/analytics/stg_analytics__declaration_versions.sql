with

source as (

    select * from {{ source('analytics', 'declaration_versions') }}

),

renamed as (

    select
        night_id,
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
        reason as correction_reason,
        kafka_offset
    from source

)

select * from renamed
