with

by_class as (

    {% for class in ('accepted', 'late', 'duplicate', 'rejected') -%}
    select
        ours.topic,
        ours.kafka_partition,
        '{{ class }}' as message_class,
        ours.{{ class }} as expected,
        theirs.{{ class }} as actual,
        coalesce(ours.next_offset = theirs.next_offset, false) as is_comparable
    from {{ ref('int_message_classes') }} as ours
    left join {{ ref('stg_ops__tallied') }} as theirs
        on theirs.night_id = ours.night_id
        and theirs.topic = ours.topic
        and theirs.kafka_partition = ours.kafka_partition
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    'classes_dbt_equal_spark' as check_name,
    topic as area_id,
    topic as area,
    {{ dbt.concat([
        "'partition '", "cast(kafka_partition as " ~ dbt.type_string() ~ ")", "' '", "message_class"
    ]) }} as key,
    expected,
    actual,
    'error' as severity,
    is_comparable,
    coalesce(expected = actual, false) as is_ok,
    {{ dbt.concat(["message_class", "' messages, by dbt and by the stream'"]) }} as what
from by_class
