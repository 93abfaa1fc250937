{{ config(tags=['edition']) }}

-- Polling stations add up to their constituency.
with

stations as (

    select
        constituency_id,
        sum(registered) as registered,
        sum(ballots_issued) as ballots_issued
    from {{ checked('polling_station_turnout') }}
    group by constituency_id

)

select
    seats.constituency_id,
    seats.registered,
    stations.registered as registered_at_stations,
    seats.ballots_issued,
    stations.ballots_issued as ballots_issued_at_stations
from {{ checked('constituency_results') }} as seats
left join stations on stations.constituency_id = seats.constituency_id
where stations.registered is distinct from seats.registered
    or coalesce(stations.ballots_issued, 0) <> seats.ballots_issued
