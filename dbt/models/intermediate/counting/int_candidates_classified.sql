{{ config(materialized='table', tags=['cadence']) }}

with

judged as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        messages.candidate_id,
        false as is_late,
        case
            when seats.constituency_id is null then 'unknown_seat'
            when {{ is_too_early('messages.nominated_at') }} then 'too_early'
            when messages.sent_at >= night.opens_at then 'register_closed'
        end as reason
    from {{ ref('stg_raw__candidates') }} as messages
    inner join {{ ref('int_landed') }} as landed
        on landed.topic = 'candidates'
        and landed.kafka_partition = messages.kafka_partition
        and messages.kafka_offset < landed.next_offset
    cross join {{ ref('int_night') }} as night
    left join {{ ref('int_constituencies') }} as seats
        on seats.constituency_id = messages.constituency_id
    where messages.night_id = {{ night() }}

),

{{ close_register('candidates', 'candidate_id') }},

{{ claim_numbers(['night_id', 'candidate_id'], from_cte='closed') }}

select
    night_id,
    kafka_partition,
    kafka_offset,
    candidate_id,
    message_class,
    reason,
    claimed_partition,
    claimed_offset
from claimed
