{{ config(tags=['edition']) }}

-- A declared seat has one winner, or is said to be a tie; no more seats are declared than exist.
with

winners as (

    select
        constituency_id,
        sum(case when is_winner then 1 else 0 end) as winners
    from {{ checked('candidate_results') }}
    group by constituency_id

)

select
    seats.constituency_id,
    seats.is_tie,
    winners.winners
from {{ checked('constituency_results') }} as seats
left join winners on winners.constituency_id = seats.constituency_id
where seats.declaration_version is not null
    and coalesce(winners.winners, 0) <> case when seats.is_tie then 0 else 1 end

union all

select
    'nation',
    false,
    seats_declared
from {{ checked('national_summary') }}
where seats_declared > seats_total
