{{ config(tags=['edition']) }}

-- No cell of a personal attribute shows fewer than ten people, and none can be found by
-- subtraction: where one of a group is withheld or older than the rest, so is another. The lines
-- of a table that were never said have ten electors of each sex between them: every other line's
-- register and the region's are known.
with

cells as (

    select
        'demographic_turnout' as mart,
        {{ dbt.concat(["region_id", "' '", "characteristic", "' '", "sex"]) }} as grouping_id,
        ballots_issued as people,
        registered - ballots_issued as rest,
        is_suppressed,
        snapshot_no < max(snapshot_no) over (partition by region_id, characteristic) as is_older
    from {{ checked('demographic_turnout') }}
    where night_id = {{ night() }}

    union all

    select
        'party_by_education',
        education,
        answers,
        answers_in_all,
        is_suppressed,
        false
    from {{ checked('party_by_education') }}
    where night_id = {{ night() }}

),

by_group as (

    select
        mart,
        grouping_id,
        count(*) as cells,
        sum(case when is_suppressed or is_older then 1 else 0 end) as withheld,
        min(people) as smallest_shown,
        min(rest) as smallest_rest,
        sum(case when is_suppressed and people is not null then 1 else 0 end) as leaking
    from cells
    group by mart, grouping_id

),

registers as (

    select
        {{ dbt.concat(["shown.region_id", "' '", "shown.characteristic", "' '", "shown.sex"]) }}
            as grouping_id,
        count(*) as cells,
        sum(case when shown.is_suppressed then 1 else 0 end) as withheld,
        sum(case when shown.is_suppressed then counted.registered else 0 end) as electors
    from {{ checked('demographic_turnout') }} as shown
    inner join {{ ref('int_demographic_cells') }} as counted
        on counted.region_id = shown.region_id
        and counted.characteristic = shown.characteristic
        and counted.characteristic_value = shown.characteristic_value
        and counted.sex = shown.sex
    where shown.night_id = {{ night() }}
    group by 1

)

select *
from by_group
where smallest_shown < 10
    or smallest_rest < 10
    or leaking > 0
    or (withheld = 1 and cells > 1)

union all

select 'the register of demographic_turnout', grouping_id, cells, withheld, electors, null, 0
from registers
where electors < 10 and withheld > 0 and withheld < cells
