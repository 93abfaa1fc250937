-- No cell of a personal attribute shows fewer than ten people, and none can be found by
-- subtraction: where one of a group is withheld, so is another.
with

cells as (

    select
        'demographic_turnout' as mart,
        {{ dbt.concat(["region_id", "' '", "characteristic"]) }} as grouping_id,
        ballots_issued as people,
        is_suppressed
    from {{ ref('demographic_turnout') }}
    where night_id = {{ night() }}

    union all

    select
        'party_by_education',
        education,
        answers,
        is_suppressed
    from {{ ref('party_by_education') }}
    where night_id = {{ night() }}

),

by_group as (

    select
        mart,
        grouping_id,
        count(*) as cells,
        sum(case when is_suppressed then 1 else 0 end) as withheld,
        min(people) as smallest_shown,
        sum(case when is_suppressed and people is not null then 1 else 0 end) as leaking
    from cells
    group by mart, grouping_id

)

select *
from by_group
where smallest_shown < 10
    or leaking > 0
    or (withheld = 1 and cells > 1)
