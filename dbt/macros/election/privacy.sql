{# Which cells of a group to withhold: those under ten people and, where there is one, the next
   smallest until at least two cells and ten people are withheld together, so that none can be
   found by subtraction from the group's total.

   `people` is the cell's number of people, `grouping` the columns whose total is known. #}
{% macro small_cells(people, grouping, tie_breaker) -%}
    {%- set window = 'partition by ' ~ grouping ~ ' order by ' ~ people ~ ', ' ~ tie_breaker -%}
    (
        min({{ people }}) over (partition by {{ grouping }}) < 10
        and (
            {{ people }} < 10
            or row_number() over ({{ window }}) <= 2
            or coalesce(
                sum({{ people }}) over (
                    {{ window }} rows between unbounded preceding and 1 preceding
                ), 0
            ) < 10
        )
    )
{%- endmacro %}

{# The election's 15-minute grid: a new snapshot only in a new quarter of an hour, or at the end. #}
{% macro is_snapshot_due(election_at) -%}
    {%- if is_incremental() -%}
    (
        {{ is_final() }}
        or {{ quarter_hour(election_at) }} > coalesce(
            (
                select max(made.snapshot_at) from {{ this }} as made
                where made.night_id = {{ night() }}
            ),
            {{ plus_seconds(election_at, '-86400') }}
        )
    )
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
