{# Never made anew: what was said cannot be unsaid, and what may be said next depends on it. #}
{{ config(
    materialized='incremental',
    full_refresh=false,
    incremental_strategy='delete+insert',
    unique_key=replaced_rows(
        ['night_id', 'region_id', 'characteristic', 'characteristic_value', 'sex']
    ),
    tags=['cadence'],
) }}

-- What has been said of each cell, and when. A line of a table (an age, a qualification) is said
-- anew once at least ten more people of each sex have been given a ballot than was last said, and
-- ten are left, unless its register is too small ever to be said. Lines that wait do so in company:
-- at least two of a table, with at least ten people of each sex between them, and ten more than
-- when anything of the region was last said, so that no total of the region tells what one of them
-- waits for, nor who has come to them since.
with

night as (

    select * from {{ ref('int_night') }}

),

said as (

    {% if is_incremental() -%}
    select * from {{ this }} where night_id = {{ night() }}
    {%- else -%}
    select
        cells.night_id,
        cells.region_id,
        cells.characteristic,
        cells.characteristic_value,
        cells.sex,
        cells.registered,
        cells.ballots_issued,
        cells.ballots_issued as ballots_issued_then,
        false as is_said,
        {{ wall_clock() }} as said_at,
        cast(0 as bigint) as said_no,
        {{ wall_clock() }} as looked_at,
        cast(0 as bigint) as look_no
    from {{ ref('int_demographic_cells') }} as cells
    where false
    {%- endif %}

),

-- Two looks can have the same time: the last one of a night, and where the election's clock is fast.
look as (

    select cast(coalesce(max(look_no), 0) + 1 as bigint) as number from said

),

cells as (

    select
        counted.night_id,
        counted.region_id,
        counted.characteristic,
        counted.characteristic_value,
        counted.sex,
        counted.registered,
        counted.ballots_issued,
        counted.is_never_said,
        counted.ballots_issued - coalesce(said.ballots_issued, 0) as more,
        counted.registered - counted.ballots_issued as others,
        counted.ballots_issued - coalesce(said.ballots_issued_then, 0) as since,
        said.registered as registered_said,
        coalesce(said.ballots_issued, 0) as ballots_issued_said,
        coalesce(said.ballots_issued_then, 0) as ballots_issued_then,
        coalesce(said.is_said, false) as was_said,
        said.said_at,
        said.said_no
    from {{ ref('int_demographic_cells') }} as counted
    left join said
        on said.region_id = counted.region_id
        and said.characteristic = counted.characteristic
        and said.characteristic_value = counted.characteristic_value
        and said.sex = counted.sex

),

lines as (

    select
        region_id,
        characteristic,
        characteristic_value,
        min(more) as fewest_more,
        case when min(more) >= 10 and min(others) >= 10 and not is_never_said then 1 else 0 end
            as is_due
    from cells
    group by region_id, characteristic, characteristic_value, is_never_said

),

placed as (

    select
        lines.*,
        min(is_due) over (partition by region_id, characteristic) as are_all_due,
        row_number() over (
            partition by region_id, characteristic
            order by is_due, fewest_more, characteristic_value
        ) as place
    from lines

),

in_company as (

    select
        cells.*,
        placed.are_all_due,
        placed.is_due,
        placed.place,
        coalesce(sum(cells.more) over before, 0) as more_before,
        coalesce(sum(cells.others) over before, 0) as others_before,
        coalesce(sum(cells.since) over before, 0) as since_before,
        sum(cells.since) over (
            partition by cells.region_id, cells.characteristic, cells.sex
        ) as since_in_all
    from cells
    inner join placed
        on placed.region_id = cells.region_id
        and placed.characteristic = cells.characteristic
        and placed.characteristic_value = cells.characteristic_value
    window before as (
        partition by cells.region_id, cells.characteristic, cells.sex
        order by placed.place
        rows between unbounded preceding and 1 preceding
    )

),

judged as (

    select
        in_company.*,
        min(case
            when since_in_all < 10 then 0
            when are_all_due = 1 then 1
            when is_due = 0 or place <= 2 then 0
            when more_before < 10 or others_before < 10 or since_before < 10 then 0
            else 1
        end) over (partition by region_id, characteristic, characteristic_value) = 1 as is_new
    from in_company

),

told as (

    select
        judged.*,
        max(case when is_new then 1 else 0 end) over (partition by region_id) = 1 as is_news
    from judged

)

select
    told.night_id,
    told.region_id,
    told.characteristic,
    told.characteristic_value,
    told.sex,
    case when told.is_new then told.registered else told.registered_said end as registered,
    case when told.is_new then told.ballots_issued else told.ballots_issued_said end
        as ballots_issued,
    case when told.is_news then told.ballots_issued else told.ballots_issued_then end
        as ballots_issued_then,
    told.is_new or told.was_said as is_said,
    case when told.is_new then {{ quarter_hour('night.election_at') }} else told.said_at end
        as said_at,
    case when told.is_new then look.number else told.said_no end as said_no,
    {{ quarter_hour('night.election_at') }} as looked_at,
    look.number as look_no
from told
cross join night
cross join look
where {{ is_final() }}
    or {{ quarter_hour('night.election_at') }} > coalesce(
        (select max(said.looked_at) from said),
        {{ plus_seconds('night.election_at', '-86400') }}
    )
