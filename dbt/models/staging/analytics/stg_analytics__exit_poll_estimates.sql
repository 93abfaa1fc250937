with

source as (

    select * from {{ source('analytics', 'exit_poll_estimates') }}
    {{ of_polling_day() }}

),

renamed as (

    select
        night_id,
        region_id,
        age_band,
        sex,
        education,
        party_abbreviation,
        answers,
        election_id,
        polling_date,
        as_of,
        ledger_version
    from source

)

select * from renamed
