with

checked as (
    {% for check in (
        'offsets', 'classes', 'rejections', 'votes', 'turnout', 'exit_poll', 'numbers', 'order',
        'conflicts', 'batches',
    ) %}
    select
        check_name, area_id, area, key, expected, actual, severity, is_comparable, is_ok, what
    from {{ ref('int_check_' ~ check) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

judged as (

    select
        checked.*,
        case
            when is_ok then 'pass'
            when is_comparable or {{ is_final() }} then 'fail'
            else 'pending'
        end as status
    from checked

)

select
    {{ night() }} as night_id,
    check_name,
    area_id,
    area,
    key,
    cast(expected as bigint) as expected,
    cast(actual as bigint) as actual,
    severity,
    status,
    case
        when status <> 'pass' then {{ dbt.concat([
            "area", "case when key = '-' then '' else ' ' || key end", "': '", "what", "' - '",
            "coalesce(cast(expected as " ~ dbt.type_string() ~ "), 'nothing')", "' against '",
            "coalesce(cast(actual as " ~ dbt.type_string() ~ "), 'nothing')",
        ]) }}
    end as detail,
    case when {{ is_final() }} then 'final' else 'running' end as checked_by,
    {{ wall_clock() }} as as_of
from judged
