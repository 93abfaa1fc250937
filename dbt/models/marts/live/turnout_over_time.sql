with

night as (

    select * from {{ ref('int_live_night') }}

),

registers as (

    select sum(turnout.registered) as registered
    from {{ ref('stg_analytics__regional_turnout') }} as turnout
    inner join night on night.night_id = turnout.night_id

),

hours as (

    select
        trends.night_id,
        trends.hour_start_at,
        sum(trends.issued_in_person) as issued_in_person,
        sum(trends.issued_postal) as issued_postal,
        max(trends.as_of) as as_of
    from {{ ref('stg_analytics__hourly_trends') }} as trends
    inner join night on night.night_id = trends.night_id
    where trends.party_abbreviation = '-'
    group by trends.night_id, trends.hour_start_at

),

summed as (

    select
        hours.*,
        sum(issued_in_person + issued_postal) over (
            order by hour_start_at rows between unbounded preceding and current row
        ) as issued_to_date
    from hours

)

select
    summed.night_id,
    summed.hour_start_at,
    cast(summed.issued_in_person as bigint) as issued_in_person,
    cast(summed.issued_postal as bigint) as issued_postal,
    cast(summed.issued_in_person + summed.issued_postal as bigint) as ballots_issued,
    cast(summed.issued_to_date as bigint) as ballots_issued_to_date,
    cast(registers.registered as bigint) as registered,
    cast(summed.issued_to_date as {{ dbt.type_float() }})
        / nullif(cast(registers.registered as bigint), 0) as turnout,
    'ballots_issued' as turnout_basis,
    case
        when night.election_at < {{ plus_seconds('summed.hour_start_at', '3600') }}
            then 'provisional'
        else 'final'
    end as status,
    {{ least_of(['summed.as_of', 'written.as_of']) }} as as_of
from summed
inner join night on night.night_id = summed.night_id
left join {{ ref('int_live_written') }} as written on written.night_id = summed.night_id
cross join registers
