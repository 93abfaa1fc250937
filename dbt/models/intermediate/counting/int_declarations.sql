{{ config(materialized='table', tags=['cadence']) }}

select
    messages.night_id,
    messages.constituency_id,
    messages.declaration_version,
    messages.status,
    messages.electorate,
    messages.rejected_ballots,
    messages.votes,
    messages.winner_candidate_id,
    messages.is_tie,
    messages.result_summary,
    messages.declared_at,
    messages.declaration_source,
    messages.correction_reason,
    messages.kafka_offset,
    row_number() over (
        partition by messages.constituency_id
        order by messages.declaration_version desc
    ) = 1 as is_latest
from {{ ref('int_declarations_classified') }} as classified
inner join {{ ref('stg_raw__declarations') }} as messages
    on messages.night_id = classified.night_id
    and messages.kafka_partition = classified.kafka_partition
    and messages.kafka_offset = classified.kafka_offset
where {{ is_counted('classified') }}
