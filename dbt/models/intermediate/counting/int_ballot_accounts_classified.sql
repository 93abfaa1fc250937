{{ config(materialized='table', tags=['cadence']) }}

with

regions as (

    select distinct region_id from {{ ref('int_constituencies') }}

),

judged as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        messages.account_kind,
        messages.account_id,
        messages.account_version,
        messages.account_count,
        messages.constituency_id,
        {{ is_late('messages.sealed_at') }} as is_late,
        case
            when messages.account_kind = 'dimensions'
                and messages.account_id not in ('constituencies', 'candidates', 'voters')
                then 'malformed'
            when messages.account_kind in ('station', 'count_batch')
                and seats.constituency_id is null then 'unknown_seat'
            when messages.account_kind = 'exit_poll' and regions.region_id is null
                then 'unknown_seat'
            when messages.account_kind = 'station' and stations.polling_station_id is null
                then 'unknown_station'
            when messages.account_kind = 'station'
                and stations.constituency_id <> messages.constituency_id
                then 'station_of_other_seat'
            when messages.account_kind = 'count_batch'
                and {{ is_batch_of_other_seat('messages.account_id', 'messages.constituency_id') }}
                then 'batch_of_other_seat'
            when messages.account_count < 0 or messages.account_version < 1
                then 'number_out_of_range'
            when {{ is_too_early('messages.sealed_at') }} then 'too_early'
        end as reason
    from {{ ref('stg_raw__ballot_accounts') }} as messages
    inner join {{ ref('int_countable') }} as countable
        on countable.topic = 'ballot_accounts'
        and countable.kafka_partition = messages.kafka_partition
        and messages.kafka_offset < countable.next_offset
    left join {{ ref('int_constituencies') }} as seats
        on seats.constituency_id = messages.constituency_id
    left join {{ ref('int_polling_stations') }} as stations
        on stations.polling_station_id = messages.account_id
    left join regions on regions.region_id = messages.account_id
    where messages.night_id = {{ night() }}

),

{{ claim_numbers(['night_id', 'account_kind', 'account_id', 'account_version']) }}

select
    night_id,
    kafka_partition,
    kafka_offset,
    account_kind,
    account_id,
    account_version,
    account_count,
    constituency_id,
    message_class,
    reason,
    claimed_partition,
    claimed_offset
from claimed
