with

source as (

    select * from {{ source('analytics', 'regional_turnout') }}
    {{ of_polling_day() }}

),

renamed as (

    select
        night_id,
        region_id,
        constituency_id,
        registered,
        issued_in_person,
        issued_postal,
        issued_proxy,
        issued_tendered,
        election_id,
        polling_date,
        as_of,
        ledger_version
    from source

)

select * from renamed
