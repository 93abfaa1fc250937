{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['night_id', 'kafka_partition', 'count_batch_id'],
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
        constituency_id,
        count_batch_id,
        paper_no
    from {{ ref('int_votes_classified') }} as messages
    where night_id = {{ night() }}
        and {{ is_counted('messages') }}
        and {{ new_offsets('votes', 'messages', 'max(counted.last_offset)') }}

),

{{ tally(
    keys=['night_id', 'kafka_partition', 'count_batch_id'],
    measures={'papers': 'count(*)'},
    newest={'constituency_id': 'max(constituency_id)', 'highest_paper_no': 'max(paper_no)'},
) }}
