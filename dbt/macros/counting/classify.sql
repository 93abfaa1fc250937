{# Rules of acceptance that all topics share. #}

{# too_early: it happened more than five minutes after it was sent. #}
{% macro is_too_early(occurred_at) -%}
    {{ micros_between('sent_at', occurred_at) }} > 5 * 60 * 1000000
{%- endmacro %}

{# late: sent more than ten minutes after it happened. #}
{% macro is_late(occurred_at) -%}
    {{ micros_between(occurred_at, 'sent_at') }} > 10 * 60 * 1000000
{%- endmacro %}

{# CTE `claimed` from a CTE of judged messages (a row a message, with `reason` and `is_late`): who claims a
   number. Only a message without a reason claims its identity; a later one with the same
   identity is a duplicate whatever it holds. Order is (partition, offset): an identity's key
   keeps it on one partition, so for genuine producers this is the order of arrival. Of a model that is
   incremental, an identity is night, account and number. #}
{% macro claim_numbers(identity, from_cte='judged') -%}
    {%- set over -%}
        over (
            partition by {{ identity | join(', ') }}, reason is null
            order by kafka_partition, kafka_offset
        )
    {%- endset -%}
ranked as (

    select
        messages.*,
        row_number() {{ over }} as claim_order,
        first_value(kafka_partition) {{ over }} as first_partition,
        first_value(kafka_offset) {{ over }} as first_offset
    from {{ from_cte }} as messages

),

claimed as (

    select
        ranked.*,
        case
            when ranked.reason is not null then 'rejected'
            when {{ 'earlier.kafka_offset is not null or ' if is_incremental() -}}
                ranked.claim_order > 1 then 'duplicate'
            when ranked.is_late then 'late'
            else 'accepted'
        end as message_class,
        {%- for column, first in (('kafka_partition', 'first_partition'), ('kafka_offset', 'first_offset')) %}
        case
            when ranked.reason is not null then null
            {%- if is_incremental() %}
            when earlier.kafka_offset is not null then earlier.{{ column }}
            {%- endif %}
            when ranked.claim_order > 1 then ranked.{{ first }}
        end as {{ 'claimed_partition' if loop.first else 'claimed_offset' }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked
    {%- if is_incremental() %}
    {{ look_up('left', this, 'earlier', [
        'earlier.night_id = ' ~ night(),
        'earlier.night_id = ranked.night_id',
        has_number(
            'earlier.' ~ identity[1], 'earlier.' ~ identity[2],
            'ranked.' ~ identity[1], 'ranked.' ~ identity[2]
        ),
        claims_its_number('earlier'),
    ]) }}
    {%- endif %}

)
{%- endmacro %}

{# Accepted messages claim their number, and so does a second ballot of one elector. #}
{% macro claims_its_number(alias) -%}
    ({{ alias }}.message_class in ('accepted', 'late') or {{ alias }}.reason = 'double_vote_attempt')
{%- endmacro %}

{% macro is_counted(alias) -%}
    {{ alias }}.message_class in ('accepted', 'late')
{%- endmacro %}

{# CTE `closed` from CTE `judged`, for topics that close by number: no new identity once
   `dimensions` says that all are there (register_closed). #}
{% macro close_register(topic, identity) -%}
firsts as (

    select
        judged.*,
        min(kafka_offset) over (partition by {{ identity }}, reason is null) as first_offset
    from judged

),

numbered as (

    select
        firsts.*,
        dense_rank() over (partition by reason is null order by first_offset) as identity_no
    from firsts

),

closed as (

    select
        night_id,
        kafka_partition,
        kafka_offset,
        {{ identity }},
        is_late,
        case
            when reason is not null then reason
            when identity_no > (
                select account_count from {{ ref('int_dimension_accounts') }}
                where account_id = '{{ topic }}'
            ) then 'register_closed'
        end as reason
    from numbered

)
{%- endmacro %}

{# outside_hours: polling hours and the queue at their end, 15.5 hours from opening, on any day
   of the poll (a seat may poll weeks later); postal packs any time up to that end. #}
{% macro is_outside_hours(method, issued_at, opens_at) -%}
    {%- set since_opening = micros_between(opens_at, issued_at) -%}
    case
        when {{ since_opening }} < 0 then {{ method }} <> 'postal'
        else mod({{ since_opening }}, {{ 24 * 3600 * 1000000 }}) > {{ (15.5 * 3600 * 1000000) | int }}
    end
{%- endmacro %}

{# Ids say where they belong: a count batch is <seat>-B<digits>. #}
{% macro is_batch_of_other_seat(count_batch_id, constituency_id) -%}
    not (
        substr({{ count_batch_id }}, 1, length({{ constituency_id }}) + 2)
            = {{ dbt.concat([constituency_id, "'-B'"]) }}
        and {{ matches('substr(' ~ count_batch_id ~ ', length(' ~ constituency_id ~ ') + 3)', '[0-9]+') }}
    )
{%- endmacro %}
