{{ config(materialized='table', tags=['cadence']) }}

select
    landed.night_id,
    landed.topic,
    landed.kafka_partition,
    case
        when dimensions.is_complete or landed.topic in ('constituencies', 'candidates')
            then landed.next_offset
        else 0
    end as next_offset
from {{ ref('int_landed') }} as landed
cross join {{ ref('int_dimensions') }} as dimensions
