-- The same offsets with the same reasons, as far as both engines have read.
with

common as (

    select
        countable.topic,
        countable.kafka_partition,
        least(countable.next_offset, coalesce(tallied.next_offset, 0)) as next_offset,
        coalesce(countable.next_offset = tallied.next_offset, false) as is_comparable
    from {{ ref('int_countable') }} as countable
    left join {{ ref('stg_ops__tallied') }} as tallied
        on tallied.night_id = countable.night_id
        and tallied.topic = countable.topic
        and tallied.kafka_partition = countable.kafka_partition

),

ours as (

    select rejections.*
    from {{ ref('int_rejections') }} as rejections
    inner join common
        on common.topic = rejections.topic
        and common.kafka_partition = rejections.kafka_partition
        and rejections.kafka_offset < common.next_offset

),

theirs as (

    select
        rejections.topic,
        rejections.kafka_partition,
        rejections.kafka_offset,
        rejections.reason
    from {{ ref('stg_analytics__rejections') }} as rejections
    inner join common
        on common.topic = rejections.topic
        and common.kafka_partition = rejections.kafka_partition
        and rejections.kafka_offset < common.next_offset
    where rejections.night_id = {{ night() }}

),

matched as (

    select
        coalesce(ours.topic, theirs.topic) as topic,
        coalesce(ours.kafka_partition, theirs.kafka_partition) as kafka_partition,
        coalesce(ours.kafka_offset, theirs.kafka_offset) as kafka_offset,
        ours.reason as our_reason,
        theirs.reason as their_reason,
        coalesce(ours.reason = theirs.reason, false) as is_same
    from ours
    full outer join theirs
        on theirs.topic = ours.topic
        and theirs.kafka_partition = ours.kafka_partition
        and theirs.kafka_offset = ours.kafka_offset

),

differing as (

    select
        matched.*,
        row_number() over (
            partition by topic, kafka_partition order by kafka_offset
        ) as differing_no
    from matched
    where not is_same

),

named as (

    select
        topic,
        kafka_partition,
        {{ text_list(dbt.concat([
            "'offset '",
            "cast(kafka_offset as " ~ dbt.type_string() ~ ")",
            "' '",
            "coalesce(our_reason, 'not rejected')",
            "' by dbt, '",
            "coalesce(their_reason, 'not rejected')",
            "' by the stream'",
        ]), 'kafka_offset') }} as examples
    from differing
    where differing_no <= 5
    group by topic, kafka_partition

),

counted as (

    select
        topic,
        kafka_partition,
        sum(case when our_reason is not null then 1 else 0 end) as ours,
        sum(case when is_same then 1 else 0 end) as same,
        sum(case when is_same then 0 else 1 end) as differing
    from matched
    group by topic, kafka_partition

)

select
    'rejections_dbt_equal_spark' as check_name,
    common.topic as area_id,
    common.topic as area,
    {{ dbt.concat(["'partition '", "cast(common.kafka_partition as " ~ dbt.type_string() ~ ")"]) }}
        as key,
    cast(coalesce(counted.ours, 0) as bigint) as expected,
    cast(coalesce(counted.same, 0) as bigint) as actual,
    'error' as severity,
    common.is_comparable,
    coalesce(counted.differing, 0) = 0 as is_ok,
    {{ dbt.concat([
        "'rejections by dbt, the same by the stream; '", "coalesce(named.examples, 'none differs')"
    ]) }} as what
from common
left join counted
    on counted.topic = common.topic
    and counted.kafka_partition = common.kafka_partition
left join named
    on named.topic = common.topic
    and named.kafka_partition = common.kafka_partition
