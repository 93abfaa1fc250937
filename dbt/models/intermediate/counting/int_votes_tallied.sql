{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=[
        'night_id', 'kafka_partition', 'message_class', 'reason',
        'constituency_id', 'candidate_id', 'paper_rejected_for',
    ],
    tags=['cadence'],
    cluster_by=['night_id', 'kafka_partition'],
    post_hook="{{ refresh_statistics(this) }}",
) }}

with

news as (

    select
        night_id,
        kafka_partition,
        kafka_offset,
        message_class,
        coalesce(reason, '-') as reason,
        case when {{ is_counted('messages') }} then constituency_id else '-' end
            as constituency_id,
        case when {{ is_counted('messages') }} then coalesce(candidate_id, '-') else '-' end
            as candidate_id,
        case when {{ is_counted('messages') }} then coalesce(paper_rejected_for, '-') else '-' end
            as paper_rejected_for
    from {{ ref('int_votes_classified') }} as messages
    where night_id = {{ night() }}
        and {{ new_offsets('votes', 'messages', 'max(counted.last_offset)') }}

),

{{ tally(
    keys=[
        'night_id', 'kafka_partition', 'message_class', 'reason',
        'constituency_id', 'candidate_id', 'paper_rejected_for',
    ],
    measures={'messages': 'count(*)'},
) }}
