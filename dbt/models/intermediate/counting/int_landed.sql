{{ config(materialized='table', tags=['cadence']) }}

-- A copy, so that every model of a run counts up to the same offsets.
select
    night_id,
    topic,
    kafka_partition,
    next_offset
from {{ ref('stg_ops__landed') }}
where night_id = {{ night() }}
