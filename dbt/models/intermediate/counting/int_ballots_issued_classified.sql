{{ config(
    materialized='incremental',
    incremental_strategy='append',
    tags=['cadence'],
    cluster_by=['night_id', 'kafka_partition', 'kafka_offset'],
    indexes=[
        {'columns': [number_key('polling_station_id', 'issue_no')]},
        {'columns': [number_key('polling_station_id', 'elector_no')]},
    ],
    pre_hook="{{ allow_large_sort() }}",
    post_hook=["{{ index_classes(this) }}", "{{ refresh_statistics(this) }}"],
) }}

with

judged as (

    select
        messages.night_id,
        messages.kafka_partition,
        messages.kafka_offset,
        messages.polling_station_id,
        messages.issue_no,
        -- A tendered ballot neither checks nor claims an elector's number.
        case when messages.method <> 'tendered' then messages.elector_no end as elector_no,
        messages.method,
        messages.age_band,
        messages.sex,
        messages.education,
        {{ is_late('messages.issued_at') }} as is_late,
        case
            when seats.constituency_id is null then 'unknown_seat'
            when stations.polling_station_id is null then 'unknown_station'
            when stations.constituency_id <> messages.constituency_id
                then 'station_of_other_seat'
            when messages.issue_no < 1 or messages.issue_no > 2 * stations.registered
                then 'number_out_of_range'
            when messages.method <> 'tendered'
                and (messages.elector_no < 1 or messages.elector_no > stations.registered)
                then 'unknown_elector'
            when {{ is_outside_hours('messages.method', 'messages.issued_at', 'night.opens_at') }}
                then 'outside_hours'
            when {{ is_too_early('messages.issued_at') }} then 'too_early'
        end as reason
    from {{ ref('stg_raw__ballots_issued') }} as messages
    cross join {{ ref('int_night') }} as night
    left join {{ ref('int_constituencies') }} as seats
        on seats.constituency_id = messages.constituency_id
    left join {{ ref('int_polling_stations') }} as stations
        on stations.polling_station_id = messages.polling_station_id
    where messages.night_id = {{ night() }}
        and {{ new_offsets('ballots_issued', 'messages', 'max(counted.kafka_offset)') }}

),

{{ claim_numbers(['night_id', 'polling_station_id', 'issue_no']) }},

-- Of the messages that claim an issue number, the first for an elector is the ballot, any other
-- a second ballot: rejected, though its issue number counts as seen.
electors as (

    select
        claimed.*,
        {{ is_counted('claimed') }} and claimed.elector_no is not null as claims_elector,
        row_number() over (
            partition by
                claimed.night_id,
                claimed.polling_station_id,
                claimed.elector_no,
                {{ is_counted('claimed') }}
            order by claimed.kafka_partition, claimed.kafka_offset
        ) as elector_order,
        first_value(claimed.kafka_partition) over (
            partition by
                claimed.night_id,
                claimed.polling_station_id,
                claimed.elector_no,
                {{ is_counted('claimed') }}
            order by claimed.kafka_partition, claimed.kafka_offset
        ) as ballot_partition,
        first_value(claimed.kafka_offset) over (
            partition by
                claimed.night_id,
                claimed.polling_station_id,
                claimed.elector_no,
                {{ is_counted('claimed') }}
            order by claimed.kafka_partition, claimed.kafka_offset
        ) as ballot_offset
    from claimed

),

judged_by_elector as (

    select
        electors.*,
        {% if is_incremental() -%}
        coalesce(ballot.kafka_partition, electors.ballot_partition) as used_partition,
        coalesce(ballot.kafka_offset, electors.ballot_offset) as used_offset,
        electors.claims_elector
            and (ballot.kafka_offset is not null or electors.elector_order > 1) as is_second_ballot
        {%- else -%}
        electors.ballot_partition as used_partition,
        electors.ballot_offset as used_offset,
        electors.claims_elector and electors.elector_order > 1 as is_second_ballot
        {%- endif %}
    from electors
    {% if is_incremental() -%}
    {{ look_up('left', this, 'ballot', [
        'ballot.night_id = electors.night_id',
        has_number(
            'ballot.polling_station_id', 'ballot.elector_no',
            'electors.polling_station_id', 'electors.elector_no'
        ),
        is_counted('ballot'),
    ]) }}
    {%- endif %}

)

select
    night_id,
    kafka_partition,
    kafka_offset,
    polling_station_id,
    issue_no,
    elector_no,
    method,
    age_band,
    sex,
    education,
    case when is_second_ballot then 'rejected' else message_class end as message_class,
    case when is_second_ballot then 'double_vote_attempt' else reason end as reason,
    case when is_second_ballot then used_partition else claimed_partition end
        as claimed_partition,
    case when is_second_ballot then used_offset else claimed_offset end as claimed_offset
from judged_by_elector
