with

night as (

    select * from {{ ref('int_live_night') }}

),

editions as (

    select
        editions.*,
        row_number() over (partition by editions.night_id order by editions.edition desc)
            as newest_first
    from {{ ref('stg_ops__editions') }} as editions

),

runs as (

    select
        runs.*,
        row_number() over (partition by runs.night_id order by runs.run desc) as newest_first
    from {{ ref('stg_ops__dbt_runs') }} as runs

),

joined as (

    select
        night.night_id,
        editions.edition,
        editions.election_at,
        editions.as_of as numbers_as_of,
        editions.published_at,
        runs.outcome as checks_outcome,
        runs.failures as checks_failures,
        runs.finished_at as checked_at,
        coalesce(runs.outcome <> 'pass' and runs.finished_at > editions.published_at, false)
            as is_last_good
    from night
    left join editions
        on editions.night_id = night.night_id
        and editions.newest_first = 1
    left join runs
        on runs.night_id = night.night_id
        and runs.newest_first = 1

)

select
    night_id,
    edition,
    election_at,
    numbers_as_of,
    published_at,
    is_last_good,
    case
        when edition is null then 'none'
        when is_last_good then 'last_good'
        else 'newest'
    end as status,
    checks_outcome,
    checks_failures,
    checked_at,
    {{ wall_clock() }} as as_of
from joined
