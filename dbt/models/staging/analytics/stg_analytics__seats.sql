with

source as (

    select * from {{ source('analytics', 'seats') }}

),

renamed as (

    select
        night_id,
        constituency_id,
        name as constituency_name,
        region_id,
        region_name,
        nation,
        electorate,
        previous_winner as previous_winner_party,
        previous_shares,
        hex_q,
        hex_r,
        station_count
    from source

)

select * from renamed
