{{ config(
    materialized='incremental',
    incremental_strategy='append',
    tags=['cadence'],
    cluster_by=['night_id', 'kafka_partition', 'kafka_offset'],
    indexes=[
        {'columns': [number_key('polling_station_id', 'elector_no')]},
    ],
    pre_hook="{{ allow_large_sort() }}",
    post_hook=["{{ index_classes(this) }}", "{{ refresh_statistics(this) }}"],
) }}

with

judged as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        messages.polling_station_id,
        messages.elector_no,
        messages.age_band,
        messages.sex,
        messages.education,
        false as is_late,
        case
            when seats.constituency_id is null then 'unknown_seat'
            when stations.polling_station_id is null then 'unknown_station'
            when stations.constituency_id <> messages.constituency_id
                then 'station_of_other_seat'
            when messages.elector_no < 1 or messages.elector_no > stations.registered
                then 'unknown_elector'
            when {{ is_too_early('messages.registered_at') }} then 'too_early'
            when messages.sent_at >= night.opens_at then 'register_closed'
        end as reason
    from {{ ref('stg_raw__voters') }} as messages
    cross join {{ ref('int_night') }} as night
    left join {{ ref('int_constituencies') }} as seats
        on seats.constituency_id = messages.constituency_id
    left join {{ ref('int_polling_stations') }} as stations
        on stations.polling_station_id = messages.polling_station_id
    where messages.night_id = {{ night() }}
        and {{ new_offsets('voters', 'messages', 'max(counted.kafka_offset)') }}

),

{{ claim_numbers(['night_id', 'polling_station_id', 'elector_no']) }}

select
    night_id,
    kafka_partition,
    kafka_offset,
    polling_station_id,
    elector_no,
    age_band,
    sex,
    education,
    message_class,
    reason,
    claimed_partition,
    claimed_offset
from claimed
