{{ config(unique_key=replaced_rows(['night_id', 'region_id', 'characteristic', 'characteristic_value'])) }}

with

night as (

    select * from {{ ref('int_night') }}

),

regions as (

    select region_id, max(region_name) as region_name
    from {{ ref('stg_analytics__seats') }}
    where night_id = {{ night() }}
    group by region_id

),

cells as (

    select
        cells.*,
        {{ small_cells('ballots_issued', 'region_id, characteristic', 'characteristic_value') }}
            as is_suppressed
    from {{ ref('int_demographic_cells') }} as cells

)

select
    cells.night_id,
    cells.region_id,
    coalesce(regions.region_name, cells.region_id) as region_name,
    cells.characteristic,
    cells.characteristic_value,
    case when not cells.is_suppressed then cells.registered end as registered,
    case when not cells.is_suppressed then cells.ballots_issued end as ballots_issued,
    case when not cells.is_suppressed then
        cast(cells.ballots_issued as {{ dbt.type_float() }}) / nullif(cells.registered, 0)
    end as turnout,
    'ballots_issued' as turnout_basis,
    cells.is_suppressed,
    {{ quarter_hour('night.election_at') }} as snapshot_at,
    case when night.is_embargoed then 'provisional' else 'final' end as status,
    {{ wall_clock() }} as as_of
from cells
cross join night
left join regions on regions.region_id = cells.region_id
where {{ is_snapshot_due('night.election_at') }}
