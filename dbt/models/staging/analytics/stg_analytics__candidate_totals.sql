with

source as (

    select * from {{ source('analytics', 'candidate_totals') }}
    {{ of_polling_day() }}

),

renamed as (

    select
        night_id,
        constituency_id,
        candidate_id,
        region_id,
        party_abbreviation,
        vote_count,
        election_id,
        polling_date,
        as_of,
        ledger_version
    from source

)

select * from renamed
