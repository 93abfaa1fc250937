{{ config(materialized='table', tags=['cadence']) }}

with

messages as (

    select messages.*
    from {{ ref('stg_raw__declarations') }} as messages
    inner join {{ ref('int_countable') }} as countable
        on countable.topic = 'declarations'
        and countable.kafka_partition = messages.kafka_partition
        and messages.kafka_offset < countable.next_offset
    where messages.night_id = {{ night() }}

),

named as (

    select
        messages.kafka_partition,
        messages.kafka_offset,
        messages.constituency_id,
        given.candidate_id,
        given.vote_count
    from messages
    {{ join_json_list('messages.votes', 'given', {
        'candidate_id': 'text', 'vote_count': 'bigint'
    }) }}

    union all

    select
        kafka_partition,
        kafka_offset,
        constituency_id,
        winner_candidate_id,
        0
    from messages
    where winner_candidate_id is not null

),

looked_up as (

    select
        named.kafka_partition,
        named.kafka_offset,
        min(named.vote_count) as least_votes,
        max(case when candidates.candidate_id is null then 1 else 0 end) as names_unknown,
        max(case when candidates.constituency_id <> named.constituency_id then 1 else 0 end)
            as names_other_seat
    from named
    left join {{ ref('int_candidates') }} as candidates
        on candidates.candidate_id = named.candidate_id
    group by named.kafka_partition, named.kafka_offset

),

judged as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        messages.constituency_id,
        messages.declaration_version,
        {{ is_late('messages.declared_at') }} as is_late,
        case
            when seats.constituency_id is null then 'unknown_seat'
            when looked_up.names_unknown = 1 then 'unknown_candidate'
            when looked_up.names_other_seat = 1 then 'candidate_of_other_seat'
            when messages.declaration_version < 1 or looked_up.least_votes < 0
                then 'number_out_of_range'
            when {{ is_too_early('messages.declared_at') }} then 'too_early'
        end as reason
    from messages
    left join looked_up
        on looked_up.kafka_partition = messages.kafka_partition
        and looked_up.kafka_offset = messages.kafka_offset
    left join {{ ref('int_constituencies') }} as seats
        on seats.constituency_id = messages.constituency_id

),

{{ claim_numbers(['night_id', 'constituency_id', 'declaration_version']) }}

select
    night_id,
    kafka_partition,
    kafka_offset,
    constituency_id,
    declaration_version,
    message_class,
    reason,
    claimed_partition,
    claimed_offset
from claimed
