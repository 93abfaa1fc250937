{{ config(materialized='view') }}

select
    nights.night_id,
    nights.election_id,
    nights.opens_at,
    nights.closes_at,
    nights.night_status,
    coalesce(
        {{ election_time('clock', 'least(' ~ wall_clock() ~ ', coalesce(nights.ended_at, ' ~ wall_clock() ~ '))') }},
        nights.opens_at
    ) as election_at,
    coalesce(
        {{ election_time('clock', 'least(' ~ wall_clock() ~ ', coalesce(nights.ended_at, ' ~ wall_clock() ~ '))') }}
            < clock.closes_at,
        true
    ) as is_embargoed
from {{ ref('stg_ops__nights') }} as nights
left join {{ ref('stg_ops__election_clock') }} as clock on clock.night_id = nights.night_id
where nights.night_id = {{ night() }}
