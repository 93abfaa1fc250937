{{ config(tags=['edition']) }}

-- Hours add up to the night: ballots issued, and votes counted of every party.
with

hours as (

    select
        party_abbreviation,
        sum(ballots_issued) as ballots_issued,
        sum(votes_counted) as votes_counted
    from {{ checked('hourly_trends') }}
    group by party_abbreviation

),

issued as (

    select coalesce(sum(ballots_issued), 0) as ballots_issued
    from hours
    where party_abbreviation = '-'

)

select
    'ballots issued' as what,
    nation.ballots_issued as in_all,
    issued.ballots_issued as in_hours
from {{ checked('national_summary') }} as nation
cross join issued
where coalesce(nation.ballots_issued, 0) <> issued.ballots_issued

union all

select
    parties.party_abbreviation,
    parties.votes_counted,
    hours.votes_counted
from {{ checked('party_results') }} as parties
left join hours on hours.party_abbreviation = parties.party_abbreviation
where coalesce(parties.votes_counted, 0) <> coalesce(hours.votes_counted, 0)
