-- Electors and ballots issued by region in two fixed tables, age by sex and education by sex; every
-- cell of them is there, also one without people. Unsuppressed, never shown. The register stays as
-- it is, and everybody knows the region's: a line with under ten electors of a sex is never said,
-- and always the same lines with it, so that the others never leave it over.
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

),

counted as (

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

),

registers as (

    select
        counted.*,
        min(registered) over (
            partition by region_id, characteristic, characteristic_value
        ) as fewest,
        min(registered) over (partition by region_id, characteristic) as fewest_of_table
    from counted

),

placed as (

    select
        registers.*,
        row_number() over by_register as place,
        coalesce(sum(registered) over (
            by_register rows between unbounded preceding and 1 preceding
        ), 0) as registered_before
    from registers
    window by_register as (
        partition by region_id, characteristic, sex
        order by fewest, characteristic_value
    )

)

select
    night_id,
    region_id,
    characteristic,
    characteristic_value,
    sex,
    registered,
    ballots_issued,
    max(case
        when fewest_of_table < 10 and (fewest < 10 or place <= 2 or registered_before < 10) then 1
        else 0
    end) over (partition by region_id, characteristic, characteristic_value) = 1 as is_never_said
from placed
