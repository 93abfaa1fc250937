with

source as (

    select * from {{ source('analytics', 'polling_station_turnout') }}
    {{ of_polling_day() }}

),

renamed as (

    select
        night_id,
        polling_station_id,
        region_id,
        constituency_id,
        registered,
        ballots_issued,
        issue_numbers_missing,
        issue_numbers_accounted_for,
        election_id,
        polling_date,
        as_of,
        ledger_version
    from source

)

select * from renamed
