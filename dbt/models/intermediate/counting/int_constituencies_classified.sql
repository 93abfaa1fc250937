{{ config(materialized='table', tags=['cadence']) }}

with

judged as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        messages.constituency_id,
        false as is_late,
        case
            when messages.sent_at >= night.opens_at then 'register_closed'
        end as reason
    from {{ ref('stg_raw__constituencies') }} as messages
    inner join {{ ref('int_landed') }} as landed
        on landed.topic = 'constituencies'
        and landed.kafka_partition = messages.kafka_partition
        and messages.kafka_offset < landed.next_offset
    cross join {{ ref('int_night') }} as night
    where messages.night_id = {{ night() }}

),

{{ close_register('constituencies', 'constituency_id') }},

{{ claim_numbers(['night_id', 'constituency_id'], from_cte='closed') }}

select
    night_id,
    kafka_partition,
    kafka_offset,
    constituency_id,
    message_class,
    reason,
    claimed_partition,
    claimed_offset
from claimed
