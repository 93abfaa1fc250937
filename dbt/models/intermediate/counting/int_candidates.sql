{{ config(materialized='table', tags=['cadence'], indexes=[{'columns': ['candidate_id'], 'unique': true}]) }}

select
    messages.night_id,
    messages.candidate_id,
    messages.constituency_id,
    messages.candidate_name,
    messages.party_id,
    messages.party_name,
    messages.party_abbreviation,
    messages.is_incumbent,
    messages.ballot_order,
    messages.image_url
from {{ ref('int_candidates_classified') }} as classified
inner join {{ ref('stg_raw__candidates') }} as messages
    on messages.night_id = classified.night_id
    and messages.kafka_partition = classified.kafka_partition
    and messages.kafka_offset = classified.kafka_offset
where {{ is_counted('classified') }}
