{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['night_id', 'kafka_partition', 'message_class', 'reason', 'polling_station_id'],
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
        case when {{ is_counted('messages') }} then polling_station_id else '-' end
            as polling_station_id
    from {{ ref('int_voters_classified') }} as messages
    where night_id = {{ night() }}
        and {{ new_offsets('voters', 'messages', 'max(counted.last_offset)') }}

),

{{ tally(
    keys=['night_id', 'kafka_partition', 'message_class', 'reason', 'polling_station_id'],
    measures={'messages': 'count(*)'},
) }}
