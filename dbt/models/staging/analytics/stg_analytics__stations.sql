with

source as (

    select * from {{ source('analytics', 'stations') }}

),

renamed as (

    select
        night_id,
        polling_station_id,
        constituency_id,
        region_id,
        name as polling_station_name,
        registered
    from source

)

select * from renamed
