{{ config(tags=['edition']) }}

-- The line over time of every party ends at the party's result.
with

minutes as (

    select
        party_abbreviation,
        seats_to_date,
        votes_to_date,
        row_number() over (
            partition by party_abbreviation order by election_minute_at desc
        ) as newest_first
    from {{ checked('results_over_time') }}

),

newest as (

    select * from minutes where newest_first = 1

)

select
    coalesce(parties.party_abbreviation, newest.party_abbreviation) as party_abbreviation,
    parties.seats_declared,
    newest.seats_to_date,
    parties.votes,
    newest.votes_to_date
from {{ checked('party_results') }} as parties
full outer join newest on newest.party_abbreviation = parties.party_abbreviation
where coalesce(newest.votes_to_date, 0) <> coalesce(parties.votes, 0)
    or coalesce(newest.seats_to_date, 0) <> coalesce(parties.seats_declared, 0)
