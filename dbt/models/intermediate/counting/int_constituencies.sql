{{ config(materialized='table', tags=['cadence'], indexes=[{'columns': ['constituency_id'], 'unique': true}]) }}

select
    messages.night_id,
    messages.election_id,
    messages.constituency_id,
    messages.constituency_name,
    messages.region_id,
    messages.region_name,
    messages.nation,
    messages.electorate,
    messages.previous_winner_party,
    messages.previous_shares,
    messages.hex_q,
    messages.hex_r,
    messages.stations
from {{ ref('int_constituencies_classified') }} as classified
inner join {{ ref('stg_raw__constituencies') }} as messages
    on messages.night_id = classified.night_id
    and messages.kafka_partition = classified.kafka_partition
    and messages.kafka_offset = classified.kafka_offset
where {{ is_counted('classified') }}
