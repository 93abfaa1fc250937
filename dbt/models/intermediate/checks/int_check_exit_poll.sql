-- Exit-poll answers by cell, dbt against the stream. Nothing before close of poll.
with

ours as (

    select
        region_id,
        coalesce(age_band, '-') as age_band,
        coalesce(sex, '-') as sex,
        coalesce(education, '-') as education,
        coalesce(party_abbreviation, '-') as party_abbreviation,
        count(*) as answers
    from {{ ref('int_exit_poll_classified') }} as classified
    where {{ is_counted('classified') }}
    group by 1, 2, 3, 4, 5

),

theirs as (

    select * from {{ ref('stg_analytics__exit_poll_estimates') }} where night_id = {{ night() }}

),

cells as (

    select
        coalesce(ours.region_id, theirs.region_id) as region_id,
        coalesce(ours.answers, 0) as our_answers,
        coalesce(theirs.answers, 0) as their_answers
    from ours
    full outer join theirs
        on theirs.region_id = ours.region_id
        and theirs.age_band = ours.age_band
        and theirs.sex = ours.sex
        and theirs.education = ours.education
        and theirs.party_abbreviation = ours.party_abbreviation

),

regions as (

    select region_id, min(region_name) as region_name
    from {{ ref('int_constituencies') }}
    group by region_id

)

select
    'exit_poll_dbt_equal_spark' as check_name,
    cells.region_id as area_id,
    coalesce(min(regions.region_name), cells.region_id) as area,
    '-' as key,
    cast(sum(cells.our_answers) as bigint) as expected,
    cast(sum(cells.their_answers) as bigint) as actual,
    'error' as severity,
    coalesce(
        (select is_comparable from {{ ref('int_comparable') }} where topic = 'exit_poll'), false
    ) as is_comparable,
    sum(case when cells.our_answers = cells.their_answers then 0 else 1 end) = 0 as is_ok,
    {{ dbt.concat([
        "'exit-poll answers, by dbt and by the stream; cells that differ: '",
        "cast(sum(case when cells.our_answers = cells.their_answers then 0 else 1 end) as "
        ~ dbt.type_string() ~ ")",
    ]) }} as what
from cells
cross join (select * from {{ ref('int_night') }} where not is_embargoed) as night
left join regions on regions.region_id = cells.region_id
group by cells.region_id
