with

source as (

    select * from {{ source('analytics', 'hourly_trends') }}
    {{ of_polling_day() }}

),

renamed as (

    select
        night_id,
        hour_start_at,
        region_id,
        party_abbreviation,
        issued_in_person,
        issued_postal,
        votes_counted,
        election_id,
        polling_date,
        as_of,
        ledger_version
    from source

)

select * from renamed
