-- A finding, not an error: the first message counts, whatever a later copy says.
select
    'conflict' as check_name,
    topic as area_id,
    topic as area,
    {{ dbt.concat([
        "'partition '", "cast(kafka_partition as " ~ dbt.type_string() ~ ")",
        "' offset '", "cast(kafka_offset as " ~ dbt.type_string() ~ ")",
    ]) }} as key,
    claimed_offset as expected,
    kafka_offset as actual,
    'warn' as severity,
    true as is_comparable,
    false as is_ok,
    {{ dbt.concat([
        "'offset '", "cast(kafka_offset as " ~ dbt.type_string() ~ ")",
        "' of partition '", "cast(kafka_partition as " ~ dbt.type_string() ~ ")",
        "' claims the number of offset '", "cast(claimed_offset as " ~ dbt.type_string() ~ ")",
        "' of partition '", "cast(claimed_partition as " ~ dbt.type_string() ~ ")",
        "' and says something else'",
    ]) }} as what
from {{ ref('int_conflicts') }}
