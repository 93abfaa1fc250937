with

source as (

    select * from {{ source('analytics', 'demographic_analysis') }}
    {{ of_polling_day() }}

),

renamed as (

    select
        night_id,
        region_id,
        age_band,
        sex,
        education,
        registered,
        ballots_issued,
        election_id,
        polling_date,
        as_of,
        ledger_version
    from source

)

select * from renamed
