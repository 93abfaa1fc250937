with

regions as (

    select * from {{ ref('int_live_regions') }}

),

issued as (

    select
        issued.region_id,
        sum(issued.issued_in_person) as issued_in_person,
        sum(issued.issued_postal) as issued_postal,
        sum(issued.issued_proxy) as issued_proxy,
        sum(issued.issued_tendered) as issued_tendered
    from {{ ref('stg_analytics__regional_turnout') }} as issued
    inner join {{ ref('int_live_night') }} as night on night.night_id = issued.night_id
    group by issued.region_id

)

select
    regions.night_id,
    regions.region_id,
    regions.region_name,
    regions.nation,
    regions.seats_total,
    case when not regions.is_embargoed then regions.seats_declared end as seats_declared,
    cast(regions.registered as bigint) as registered,
    cast(regions.ballots_issued as bigint) as ballots_issued,
    cast(coalesce(issued.issued_in_person, 0) as bigint) as issued_in_person,
    cast(coalesce(issued.issued_postal, 0) as bigint) as issued_postal,
    cast(coalesce(issued.issued_proxy, 0) as bigint) as issued_proxy,
    cast(coalesce(issued.issued_tendered, 0) as bigint) as issued_tendered,
    cast(regions.ballots_issued as {{ dbt.type_float() }})
        / nullif(cast(regions.registered as bigint), 0) as turnout_issued,
    {{ turnout_of_seats('regions') }} as turnout,
    {{ turnout_basis_of_seats('regions.is_embargoed') }} as turnout_basis,
    case when regions.is_embargoed then regions.seats_total else regions.seats_declared end
        as turnout_seats,
    case
        when regions.is_embargoed then 'provisional'
        else {{ status_of_seats(
            'false', 'regions.seats_total', 'regions.seats_declared',
            'regions.seats_corrected', 'regions.seats_pending_correction'
        ) }}
    end as status,
    regions.as_of
from regions
left join issued on issued.region_id = regions.region_id
