with

stations as (

    select
        turnout.night_id,
        turnout.polling_station_id,
        stations.polling_station_name,
        turnout.constituency_id,
        seats.constituency_name,
        turnout.region_id,
        seats.region_name,
        turnout.registered,
        turnout.ballots_issued,
        cast(turnout.ballots_issued as {{ dbt.type_float() }}) / nullif(turnout.registered, 0)
            as turnout,
        turnout.issue_numbers_accounted_for,
        turnout.issue_numbers_missing,
        turnout.as_of
    from {{ ref('stg_analytics__polling_station_turnout') }} as turnout
    inner join {{ ref('int_live_night') }} as night on night.night_id = turnout.night_id
    left join {{ ref('stg_analytics__stations') }} as stations
        on stations.night_id = turnout.night_id
        and stations.polling_station_id = turnout.polling_station_id
    left join {{ ref('stg_analytics__seats') }} as seats
        on seats.night_id = turnout.night_id
        and seats.constituency_id = turnout.constituency_id

)

select
    night_id,
    polling_station_id,
    polling_station_name,
    constituency_id,
    constituency_name,
    region_id,
    region_name,
    registered,
    ballots_issued,
    turnout,
    'ballots_issued' as turnout_basis,
    issue_numbers_accounted_for,
    case when issue_numbers_accounted_for is not null then issue_numbers_missing end
        as issue_numbers_missing,
    rank() over (order by ballots_issued desc, polling_station_id) as rank_by_ballots_issued,
    case when registered >= 10 then
        rank() over (
            partition by registered >= 10
            order by turnout desc nulls last, registered desc, polling_station_id
        )
    end as rank_by_turnout,
    case
        when issue_numbers_accounted_for is not null and issue_numbers_missing = 0 then 'final'
        else 'provisional'
    end as status,
    as_of
from stations
