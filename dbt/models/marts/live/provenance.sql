with

night as (

    select * from {{ ref('int_live_night') }}

),

offsets as (

    select
        {%- for topic in ('votes', 'ballots_issued') %}
        {{ text_list(
            "case when tallied.topic = '" ~ topic ~ "' then "
            ~ dbt.concat([
                "cast(tallied.kafka_partition as " ~ dbt.type_string() ~ ")", "':'",
                "cast(tallied.next_offset as " ~ dbt.type_string() ~ ")",
            ]) ~ " end",
            'tallied.kafka_partition'
        ) }} as {{ topic }}_next_offsets{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_ops__tallied') }} as tallied
    inner join night on night.night_id = tallied.night_id

)

select
    seats.night_id,
    seats.constituency_id,
    seats.constituency_name,
    counts.ledger_version as counts_ledger_version,
    counts.as_of as counts_as_of,
    issued.ledger_version as issues_ledger_version,
    issued.as_of as issues_as_of,
    offsets.votes_next_offsets,
    offsets.ballots_issued_next_offsets,
    declarations.declaration_version,
    declarations.kafka_offset as declaration_offset,
    declarations.declaration_source,
    {{ wall_clock() }} as as_of
from {{ ref('stg_analytics__seats') }} as seats
inner join night on night.night_id = seats.night_id
cross join offsets
left join {{ ref('stg_analytics__constituency_counts') }} as counts
    on counts.night_id = seats.night_id
    and counts.constituency_id = seats.constituency_id
left join {{ ref('stg_analytics__regional_turnout') }} as issued
    on issued.night_id = seats.night_id
    and issued.constituency_id = seats.constituency_id
left join {{ ref('int_live_declarations') }} as declarations
    on declarations.constituency_id = seats.constituency_id
    and declarations.is_latest
