{{ config(materialized='table', tags=['cadence'], indexes=[{'columns': ['polling_station_id'], 'unique': true}]) }}

with

listed as (

    select
        seats.night_id,
        station.polling_station_id,
        station.name as polling_station_name,
        station.registered,
        seats.constituency_id,
        seats.region_id,
        -- A station that two seats list would count its ballots twice.
        row_number() over (
            partition by station.polling_station_id
            order by seats.constituency_id
        ) as listing
    from {{ ref('int_constituencies') }} as seats
    {{ join_json_list('seats.stations', 'station', {
        'polling_station_id': 'text', 'name': 'text', 'registered': 'bigint'
    }) }}

)

select
    night_id,
    polling_station_id,
    polling_station_name,
    registered,
    constituency_id,
    region_id
from listed
where listing = 1
