{{ only_if_invariants_pass() }}
with

stations as (

    select region_id, count(*) as station_count
    from {{ ref('int_polling_stations') }}
    group by region_id

),

regions as (

    select
        night_id,
        region_id,
        max(region_name) as region_name,
        max(nation) as nation,
        count(*) as seats_total,
        cast(sum(electorate) as bigint) as electorate
    from {{ ref('int_constituencies') }}
    group by night_id, region_id

)

select
    regions.night_id,
    regions.region_id,
    regions.region_name,
    regions.nation,
    regions.seats_total,
    regions.electorate,
    coalesce(stations.station_count, 0) as station_count,
    {{ wall_clock() }} as as_of
from regions
left join stations on stations.region_id = regions.region_id
