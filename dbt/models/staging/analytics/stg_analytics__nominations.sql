with

source as (

    select * from {{ source('analytics', 'nominations') }}

),

renamed as (

    select
        night_id,
        candidate_id,
        constituency_id,
        region_id,
        name as candidate_name,
        party_id,
        party_name,
        party_abbreviation,
        is_incumbent,
        ballot_order
    from source

)

select * from renamed
