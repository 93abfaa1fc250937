{{ config(tags=['edition']) }}

-- Constituencies add up to their region.
with

seats as (

    select
        region_id,
        count(*) as seats_total,
        sum(registered) as registered,
        sum(ballots_issued) as ballots_issued
    from {{ checked('constituency_results') }}
    group by region_id

)

select
    coalesce(regions.region_id, seats.region_id) as region_id,
    regions.seats_total,
    seats.seats_total as seats_counted,
    regions.registered,
    seats.registered as registered_in_seats,
    regions.ballots_issued,
    seats.ballots_issued as ballots_issued_in_seats
from {{ checked('regional_turnout') }} as regions
full outer join seats on seats.region_id = regions.region_id
where seats.seats_total is distinct from regions.seats_total
    or seats.registered is distinct from regions.registered
    or seats.ballots_issued is distinct from regions.ballots_issued
