with

source as (

    select * from {{ source('ops', 'election_clock') }}

),

renamed as (

    select
        night_id,
        anchor_wall_at,
        anchor_election_at,
        speed,
        opens_at,
        closes_at
    from source

)

select * from renamed
