with

night as (

    select * from {{ ref('int_live_night') }}

),

stages as (

    select status.*
    from {{ ref('stg_ops__stage_status') }} as status
    inner join night on night.night_id = status.night_id

),

-- How many messages each stage has of those that the broker has. dbt counts what is in raw.
positions as (

    select 'generator' as stage, sum(position) as messages, sum(planned) - sum(position) as lag
    from {{ ref('stg_ops__produced') }} as produced
    inner join night on night.night_id = produced.night_id

    union all

    select 'ingestion', sum(landed.next_offset), sum(produced.next_offset - coalesce(landed.next_offset, 0))
    from {{ ref('stg_ops__produced') }} as produced
    inner join night on night.night_id = produced.night_id
    left join {{ ref('stg_ops__landed') }} as landed
        on landed.night_id = produced.night_id
        and landed.topic = produced.topic
        and landed.kafka_partition = produced.kafka_partition

    union all

    select 'spark', sum(tallied.next_offset), sum(produced.next_offset - coalesce(tallied.next_offset, 0))
    from {{ ref('stg_ops__produced') }} as produced
    inner join night on night.night_id = produced.night_id
    left join {{ ref('stg_ops__tallied') }} as tallied
        on tallied.night_id = produced.night_id
        and tallied.topic = produced.topic
        and tallied.kafka_partition = produced.kafka_partition

),

-- Freshness leaves the register out: it is loaded before the poll, as fast as it goes.
recent as (

    select
        batches.stage,
        batches.finished_at,
        batches.messages,
        {{ seconds_between('batches.last_produced_at', 'batches.finished_at') }} as newest_s,
        {{ seconds_between('batches.first_produced_at', 'batches.finished_at') }} as oldest_s,
        batches.topic in ('ballots_issued', 'votes', 'declarations', 'exit_poll') as is_live,
        max(batches.finished_at) over (partition by batches.stage) as newest_finished_at
    from {{ ref('stg_ops__batches') }} as batches
    inner join night on night.night_id = batches.night_id

),

measured as (

    select
        stage,
        {{ percentile('case when is_live then (newest_s + oldest_s) / 2 end', '0.5') }}
            as freshness_p50_s,
        {{ percentile('case when is_live then oldest_s end', '0.95') }} as freshness_p95_s,
        sum(case
            when {{ seconds_between('finished_at', wall_clock()) }} <= 60 then messages else 0
        end) / 60.0 as messages_per_s
    from recent
    where {{ seconds_between('finished_at', 'newest_finished_at') }} <= 300
    group by stage

)

select
    stages.night_id,
    stages.stage,
    case
        when stages.state = 'running'
            and {{ seconds_between('stages.updated_at', wall_clock()) }} > 60
            and night.night_status = 'running' then 'stale'
        else stages.state
    end as state,
    stages.detail,
    stages.last_error,
    stages.updated_at as heartbeat_at,
    {{ seconds_between('stages.updated_at', wall_clock()) }} as heartbeat_age_s,
    cast(positions.messages as bigint) as messages,
    cast(positions.lag as bigint) as lag_messages,
    cast(measured.messages_per_s as {{ dbt.type_float() }}) as messages_per_s,
    measured.freshness_p50_s,
    measured.freshness_p95_s,
    {{ wall_clock() }} as as_of
from stages
cross join night
left join positions on positions.stage = stages.stage
left join measured on measured.stage = stages.stage
