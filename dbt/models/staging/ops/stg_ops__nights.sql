with

source as (

    select * from {{ source('ops', 'nights') }}

),

renamed as (

    select
        night_id,
        election_id,
        title,
        is_synthetic,
        scale,
        polling_date,
        opens_at,
        closes_at,
        status as night_status,
        is_current,
        started_at,
        ended_at
    from source

)

select * from renamed
