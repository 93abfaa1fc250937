-- The current night and its clock. The clock stands still once the night has ended.
with

nights as (

    select * from {{ ref('stg_ops__nights') }} where is_current

)

select
    nights.night_id,
    nights.election_id,
    nights.title,
    nights.is_synthetic,
    nights.scale,
    nights.polling_date,
    nights.opens_at,
    nights.closes_at,
    nights.night_status,
    {{ election_time('clock', 'least(' ~ wall_clock() ~ ', coalesce(nights.ended_at, ' ~ wall_clock() ~ '))') }}
        as election_at,
    coalesce(
        {{ election_time('clock', 'least(' ~ wall_clock() ~ ', coalesce(nights.ended_at, ' ~ wall_clock() ~ '))') }}
            < clock.closes_at,
        true
    ) as is_embargoed
from nights
left join {{ ref('stg_ops__election_clock') }} as clock on clock.night_id = nights.night_id
