{{ config(tags=['edition']) }}

-- No cell of a personal attribute shows fewer than ten people, and none can be found by
-- subtraction: where one of a group is withheld or older than the rest, so is another.
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

)

select *
from by_group
where smallest_shown < 10
    or smallest_rest < 10
    or leaking > 0
    or (withheld = 1 and cells > 1)
