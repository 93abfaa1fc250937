{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['night_id', 'kafka_partition', 'region_id', 'age_band', 'sex', 'education'],
    tags=['cadence'],
    cluster_by=['night_id', 'kafka_partition'],
) }}

with

news as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        stations.region_id,
        messages.age_band,
        messages.sex,
        messages.education
    from {{ ref('int_voters_classified') }} as messages
    inner join {{ ref('int_polling_stations') }} as stations
        on stations.polling_station_id = messages.polling_station_id
    where messages.night_id = {{ night() }}
        and {{ is_counted('messages') }}
        and {{ new_offsets('voters', 'messages', 'max(counted.last_offset)') }}

),

{{ tally(
    keys=['night_id', 'kafka_partition', 'region_id', 'age_band', 'sex', 'education'],
    measures={'people': 'count(*)'},
) }}
