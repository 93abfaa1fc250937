{{ config(tags=['edition']) }}

-- Regions add up to the nation: turnout, and seats and votes of every party.
with

turnout as (

    select
        sum(seats_total) as seats_total,
        sum(registered) as registered,
        sum(ballots_issued) as ballots_issued
    from {{ checked('regional_turnout') }}

),

parties as (

    select
        party_abbreviation,
        sum(seats_declared) as seats_declared,
        sum(votes) as votes,
        sum(votes_counted) as votes_counted
    from {{ checked('regional_results') }}
    group by party_abbreviation

)

select
    'turnout' as what,
    nation.ballots_issued as in_the_nation,
    turnout.ballots_issued as in_regions
from {{ checked('national_summary') }} as nation
cross join turnout
where coalesce(turnout.seats_total, 0) <> nation.seats_total
    or turnout.registered is distinct from nation.registered
    or turnout.ballots_issued is distinct from nation.ballots_issued

union all

select
    coalesce(nation.party_abbreviation, parties.party_abbreviation),
    nation.votes,
    parties.votes
from {{ checked('party_results') }} as nation
full outer join parties on parties.party_abbreviation = nation.party_abbreviation
where coalesce(parties.seats_declared, 0) <> coalesce(nation.seats_declared, 0)
    or coalesce(parties.votes, 0) <> coalesce(nation.votes, 0)
    or coalesce(parties.votes_counted, 0) <> coalesce(nation.votes_counted, 0)
