with

source as (

    select * from {{ source('ops', 'editions') }}

),

renamed as (

    select
        night_id,
        edition,
        election_at,
        as_of,
        published_at
    from source

)

select * from renamed
