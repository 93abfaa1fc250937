{{ only_if_invariants_pass() }}
with

seats as (

    select * from {{ ref('int_constituencies') }}

),

stations as (

    select constituency_id, count(*) as station_count
    from {{ ref('int_polling_stations') }}
    group by constituency_id

),

candidates as (

    select constituency_id, count(*) as candidate_count
    from {{ ref('int_candidates') }}
    group by constituency_id

),

margins as (

    select
        constituency_id,
        max(case when line = 1 then previous_share end)
            - max(case when line = 2 then previous_share end) as previous_margin
    from (
        select
            constituency_id,
            previous_share,
            row_number() over (
                partition by constituency_id order by previous_share desc, party_abbreviation
            ) as line
        from {{ ref('int_previous_shares') }}
    ) as ranked
    group by constituency_id

)

select
    seats.night_id,
    seats.election_id,
    seats.constituency_id,
    seats.constituency_name,
    seats.region_id,
    seats.region_name,
    seats.nation,
    seats.electorate,
    coalesce(stations.station_count, 0) as station_count,
    coalesce(candidates.candidate_count, 0) as candidate_count,
    seats.previous_winner_party,
    margins.previous_margin,
    seats.hex_q,
    seats.hex_r,
    {{ wall_clock() }} as as_of
from seats
left join stations on stations.constituency_id = seats.constituency_id
left join candidates on candidates.constituency_id = seats.constituency_id
left join margins on margins.constituency_id = seats.constituency_id
