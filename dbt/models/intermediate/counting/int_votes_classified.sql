{{ config(
    materialized='incremental',
    incremental_strategy='append',
    tags=['cadence'],
    cluster_by=['night_id', 'kafka_partition', 'kafka_offset'],
    indexes=[
        {'columns': [number_key('count_batch_id', 'paper_no')]},
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
        messages.constituency_id,
        messages.count_batch_id,
        messages.paper_no,
        messages.candidate_id,
        messages.paper_rejected_for,
        {{ is_late('messages.counted_at') }} as is_late,
        case
            when seats.constituency_id is null then 'unknown_seat'
            when messages.candidate_id is not null and candidates.candidate_id is null
                then 'unknown_candidate'
            when candidates.constituency_id <> messages.constituency_id
                then 'candidate_of_other_seat'
            when {{ is_batch_of_other_seat('messages.count_batch_id', 'messages.constituency_id') }}
                then 'batch_of_other_seat'
            when messages.candidate_id is null and messages.paper_rejected_for is null
                then 'no_choice'
            when messages.paper_no < 1 or messages.paper_no > 5000 then 'number_out_of_range'
            when {{ is_too_early('messages.counted_at') }} then 'too_early'
        end as reason
    from {{ ref('stg_raw__votes') }} as messages
    left join {{ ref('int_constituencies') }} as seats
        on seats.constituency_id = messages.constituency_id
    left join {{ ref('int_candidates') }} as candidates
        on candidates.candidate_id = messages.candidate_id
    where messages.night_id = {{ night() }}
        and {{ new_offsets('votes', 'messages', 'max(counted.kafka_offset)') }}

),

{{ claim_numbers(['night_id', 'count_batch_id', 'paper_no']) }}

select
    night_id,
    kafka_partition,
    kafka_offset,
    constituency_id,
    count_batch_id,
    paper_no,
    candidate_id,
    paper_rejected_for,
    message_class,
    reason,
    claimed_partition,
    claimed_offset
from claimed
