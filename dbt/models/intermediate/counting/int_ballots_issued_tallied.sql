{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=[
        'night_id', 'kafka_partition', 'message_class', 'reason', 'polling_station_id', 'method',
    ],
    tags=['cadence'],
    cluster_by=['night_id', 'kafka_partition'],
    pre_hook="{{ allow_large_sort() }}",
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
        case when {{ claims_its_number('messages') }} then polling_station_id else '-' end
            as polling_station_id,
        case when {{ claims_its_number('messages') }} then method else '-' end as method,
        case when {{ claims_its_number('messages') }} then issue_no else 0 end as issue_no
    from {{ ref('int_ballots_issued_classified') }} as messages
    where night_id = {{ night() }}
        and {{ new_offsets('ballots_issued', 'messages', 'max(counted.last_offset)') }}

),

{{ tally(
    keys=['night_id', 'kafka_partition', 'message_class', 'reason', 'polling_station_id', 'method'],
    measures={'messages': 'count(*)'},
    newest={'highest_issue_no': 'max(issue_no)'},
) }}
