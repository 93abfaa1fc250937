-- Electors and ballots issued by region in two fixed tables, age by sex and education by sex; every
-- cell of them is there, also one without people. Unsuppressed, never shown.
with

people as (
    {% for characteristic in ('age_band', 'education') %}
    select
        night_id,
        region_id,
        '{{ characteristic }}' as characteristic,
        {{ characteristic }} as characteristic_value,
        sex,
        registered,
        ballots_issued
    from {{ ref('stg_analytics__demographic_analysis') }}
    where night_id = {{ night() }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

lines as (

    select distinct night_id, region_id, characteristic, characteristic_value
    from people

),

sexes as (

    select distinct region_id, sex
    from people

)

select
    lines.night_id,
    lines.region_id,
    lines.characteristic,
    lines.characteristic_value,
    sexes.sex,
    cast(coalesce(sum(people.registered), 0) as bigint) as registered,
    cast(coalesce(sum(people.ballots_issued), 0) as bigint) as ballots_issued
from lines
inner join sexes on sexes.region_id = lines.region_id
left join people
    on people.region_id = lines.region_id
    and people.characteristic = lines.characteristic
    and people.characteristic_value = lines.characteristic_value
    and people.sex = sexes.sex
group by
    lines.night_id,
    lines.region_id,
    lines.characteristic,
    lines.characteristic_value,
    sexes.sex
