{{ config(materialized='table') }}

with

night as (

    select * from {{ ref('int_night') }}

),

regions as (

    select region_id, max(region_name) as region_name
    from {{ ref('stg_analytics__seats') }}
    where night_id = {{ night() }}
    group by region_id

)

select
    said.night_id,
    said.region_id,
    coalesce(regions.region_name, said.region_id) as region_name,
    said.characteristic,
    said.characteristic_value,
    said.sex,
    case when said.is_said then said.registered end as registered,
    case when said.is_said then said.ballots_issued end as ballots_issued,
    case when said.is_said then
        cast(said.ballots_issued as {{ dbt.type_float() }}) / nullif(said.registered, 0)
    end as turnout,
    'ballots_issued' as turnout_basis,
    not said.is_said as is_suppressed,
    coalesce(said.said_at, said.looked_at) as snapshot_at,
    said.said_no as snapshot_no,
    case when night.is_embargoed then 'provisional' else 'final' end as status,
    {{ wall_clock() }} as as_of
from {{ ref('int_demographic_said') }} as said
cross join night
left join regions on regions.region_id = said.region_id
where said.night_id = {{ night() }}
