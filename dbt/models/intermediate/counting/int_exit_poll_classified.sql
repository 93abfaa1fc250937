{{ config(materialized='table', tags=['cadence']) }}

with

regions as (

    select distinct region_id from {{ ref('int_constituencies') }}

),

parties as (

    select distinct party_abbreviation from {{ ref('int_candidates') }}

),

judged as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        messages.region_id,
        messages.answer_no,
        messages.age_band,
        messages.sex,
        messages.education,
        messages.party_abbreviation,
        false as is_late,
        case
            when regions.region_id is null then 'unknown_seat'
            when messages.party_abbreviation is not null and parties.party_abbreviation is null
                then 'unknown_candidate'
            when messages.answer_no < 1 or messages.answer_no > 1000000
                then 'number_out_of_range'
        end as reason
    from {{ ref('stg_raw__exit_poll') }} as messages
    inner join {{ ref('int_countable') }} as countable
        on countable.topic = 'exit_poll'
        and countable.kafka_partition = messages.kafka_partition
        and messages.kafka_offset < countable.next_offset
    left join regions on regions.region_id = messages.region_id
    left join parties on parties.party_abbreviation = messages.party_abbreviation
    where messages.night_id = {{ night() }}

),

{{ claim_numbers(['night_id', 'region_id', 'answer_no']) }}

select
    night_id,
    kafka_partition,
    kafka_offset,
    region_id,
    answer_no,
    age_band,
    sex,
    education,
    party_abbreviation,
    message_class,
    reason,
    claimed_partition,
    claimed_offset
from claimed
