-- Each version of a declaration adds its difference from the version before it, so that a
-- correction changes the totals from its own minute on and never rewrites an earlier one. A party
-- that a version does not name any more loses what the version before gave it.
with

declarations as (

    select * from {{ ref('int_live_declarations') }}

),

versions as (

    select
        declarations.constituency_id,
        declarations.declaration_version,
        nominations.party_abbreviation,
        votes.vote_count,
        case when votes.candidate_id = declarations.winner_candidate_id then 1 else 0 end as seats
    from declarations
    inner join {{ ref('int_live_declared_votes') }} as votes
        on votes.constituency_id = declarations.constituency_id
        and votes.declaration_version = declarations.declaration_version
    inner join {{ ref('stg_analytics__nominations') }} as nominations
        on nominations.night_id = declarations.night_id
        and nominations.candidate_id = votes.candidate_id

),

by_party as (

    select
        constituency_id,
        declaration_version,
        party_abbreviation,
        sum(vote_count) as votes,
        sum(seats) as seats
    from versions
    group by constituency_id, declaration_version, party_abbreviation

),

parties_of_seats as (

    select distinct constituency_id, party_abbreviation from by_party

),

compared as (

    select
        declarations.night_id,
        {{ minute_start('declarations.declared_at') }} as election_minute_at,
        parties_of_seats.party_abbreviation,
        by_party.votes,
        by_party.seats,
        lag(by_party.votes) over seat_and_party as votes_before,
        lag(by_party.seats) over seat_and_party as seats_before
    from declarations
    inner join parties_of_seats
        on parties_of_seats.constituency_id = declarations.constituency_id
    left join by_party
        on by_party.constituency_id = declarations.constituency_id
        and by_party.declaration_version = declarations.declaration_version
        and by_party.party_abbreviation = parties_of_seats.party_abbreviation
    window seat_and_party as (
        partition by parties_of_seats.constituency_id, parties_of_seats.party_abbreviation
        order by declarations.declaration_version
    )

),

changes as (

    select
        night_id,
        election_minute_at,
        party_abbreviation,
        coalesce(votes, 0) - coalesce(votes_before, 0) as votes_change,
        coalesce(seats, 0) - coalesce(seats_before, 0) as seats_change
    from compared
    where votes is not null or votes_before is not null

),

minutes as (

    select
        night_id,
        election_minute_at,
        party_abbreviation,
        sum(votes_change) as votes_change,
        sum(seats_change) as seats_change
    from changes
    group by night_id, election_minute_at, party_abbreviation

),

totals as (

    select
        election_minute_at,
        sum(sum(votes_change)) over (order by election_minute_at) as votes_to_date
    from minutes
    group by election_minute_at

),

seats_declared as (

    select
        {{ minute_start('declared_at') }} as election_minute_at,
        sum(count(*)) over (order by {{ minute_start('declared_at') }}) as seats_to_date
    from declarations
    where declared_at = first_declared_at
    group by {{ minute_start('declared_at') }}

),

night as (

    select
        night.night_id,
        (
            select count(*) from {{ ref('stg_analytics__seats') }} as seats
            where seats.night_id = night.night_id
        ) as seats_total,
        (select count(distinct constituency_id) from declarations) as seats_declared,
        (
            select written.as_of from {{ ref('int_live_written') }} as written
            where written.night_id = night.night_id
        ) as as_of
    from {{ ref('int_live_night') }} as night

)

select
    minutes.night_id,
    minutes.election_minute_at,
    minutes.party_abbreviation,
    {{ party_colour('minutes.party_abbreviation') }} as party_colour,
    cast(sum(minutes.seats_change) over party as bigint) as seats_to_date,
    cast(sum(minutes.votes_change) over party as bigint) as votes_to_date,
    cast(sum(minutes.votes_change) over party as {{ dbt.type_float() }})
        / nullif(cast(totals.votes_to_date as {{ dbt.type_float() }}), 0) as vote_share_to_date,
    cast((
        select max(seats_declared.seats_to_date) from seats_declared
        where seats_declared.election_minute_at <= minutes.election_minute_at
    ) as bigint) as seats_declared_to_date,
    night.seats_total,
    case when night.seats_declared < night.seats_total then 'provisional' else 'declared' end
        as status,
    night.as_of
from minutes
inner join totals on totals.election_minute_at = minutes.election_minute_at
inner join night on night.night_id = minutes.night_id
window party as (
    partition by minutes.party_abbreviation order by minutes.election_minute_at
)
