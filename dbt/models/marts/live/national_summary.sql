with

night as (

    select * from {{ ref('int_live_night') }}

),

regions as (

    select
        night_id,
        sum(seats_total) as seats_total,
        sum(seats_declared) as seats_declared,
        sum(seats_counting) as seats_counting,
        sum(seats_corrected) as seats_corrected,
        sum(seats_pending_correction) as seats_pending_correction,
        sum(seats_tied) as seats_tied,
        sum(electorate) as electorate,
        sum(registered) as registered,
        sum(ballots_issued) as ballots_issued,
        sum(papers_counted) as papers_counted,
        sum(valid_declared) as valid_declared,
        sum(rejected_declared) as rejected_declared,
        sum(declared_electorate) as declared_electorate,
        max(as_of) as as_of
    from {{ ref('int_live_regions') }}
    group by night_id

),

parties as (

    select * from {{ ref('int_live_parties') }}

),

-- Seats in which both of the two parties with most votes stand and their previous shares are
-- known, so that the swing compares like with like.
two_parties as (

    select
        max(case when line = 1 then party_abbreviation end) as first_party,
        max(case when line = 2 then party_abbreviation end) as second_party
    from (
        select
            party_abbreviation,
            row_number() over (order by votes desc, party_abbreviation) as line
        from parties
        where is_party and votes > 0
    ) as ranked

),

seat_shares as (

    select
        candidates.constituency_id,
        max(candidates.valid_declared) as valid_votes,
        sum(case when candidates.party_abbreviation = two_parties.first_party
            then candidates.votes_declared end) as first_votes,
        max(case when candidates.party_abbreviation = two_parties.first_party
            then candidates.previous_share end) as first_before,
        sum(case when candidates.party_abbreviation = two_parties.second_party
            then candidates.votes_declared end) as second_votes,
        max(case when candidates.party_abbreviation = two_parties.second_party
            then candidates.previous_share end) as second_before
    from {{ ref('int_live_candidates') }} as candidates
    cross join two_parties
    where candidates.votes_declared is not null
    group by candidates.constituency_id

),

swings as (

    select
        (
            (sum(second_votes) / sum(valid_votes)
                - sum(second_before * valid_votes) / sum(valid_votes))
            + (sum(first_before * valid_votes) / sum(valid_votes)
                - sum(first_votes) / sum(valid_votes))
        ) / 2 as to_second,
        count(*) as seats
    from seat_shares
    where valid_votes > 0
        and first_votes is not null and first_before is not null
        and second_votes is not null and second_before is not null

),

newest as (

    select * from {{ ref('int_live_feed') }} where feed_position = 1

),

checks as (

    select
        runs.night_id,
        runs.outcome,
        runs.failures,
        runs.finished_at,
        row_number() over (partition by runs.night_id order by runs.run desc) as newest_first
    from {{ ref('stg_ops__dbt_runs') }} as runs

),

joined as (

    select
        night.*,
        coalesce(regions.seats_total, 0) as seats_total,
        coalesce(regions.seats_declared, 0) as declared,
        coalesce(regions.seats_counting, 0) as counting,
        coalesce(regions.seats_corrected, 0) as corrected,
        coalesce(regions.seats_pending_correction, 0) as pending,
        coalesce(regions.seats_tied, 0) as tied,
        regions.electorate,
        regions.registered,
        regions.ballots_issued,
        regions.papers_counted,
        regions.valid_declared,
        regions.rejected_declared,
        regions.declared_electorate,
        regions.as_of,
        {{ turnout_basis_of_seats('night.is_embargoed') }} as turnout_basis,
        case
            when night.election_at < night.opens_at then 'before_poll'
            when night.is_embargoed then 'polls_open'
            when regions.seats_declared = regions.seats_total then 'complete'
            else 'counting'
        end as phase
    from night
    left join regions on regions.night_id = night.night_id

),

sums as (

    select
        joined.*,
        {{ turnout_of_seats('joined') }} as turnout
    from joined

),

leaders as (

    select
        max(case when line = 1 then party_abbreviation end) as first_party,
        max(case when line = 1 then party_name end) as first_name,
        max(case when line = 1 then party_colour end) as first_colour,
        max(case when line = 1 then seats_declared end) as first_seats,
        max(case when line = 1 then vote_share end) as first_share,
        max(case when line = 2 then party_abbreviation end) as second_party,
        max(case when line = 2 then seats_declared end) as second_seats,
        max(case when line = 2 then vote_share end) as second_share
    from (
        select
            parties.*,
            row_number() over (order by seats_declared desc, votes desc, party_abbreviation)
                as line
        from parties
        where seats_declared > 0 and is_party
    ) as ranked

)

select
    sums.night_id,
    sums.election_id,
    sums.title,
    sums.is_synthetic,
    sums.scale,
    sums.polling_date,
    sums.opens_at,
    sums.closes_at,
    sums.election_at,
    sums.night_status,
    sums.phase,
    sums.is_embargoed,
    {{ status_of_seats(
        'sums.is_embargoed', 'sums.seats_total', 'sums.declared', 'sums.corrected', 'sums.pending'
    ) }} as status,
    sums.as_of,
    cast(sums.seats_total as bigint) as seats_total,
    case when not sums.is_embargoed then cast(sums.declared as bigint) end as seats_declared,
    case when not sums.is_embargoed then cast(sums.counting as bigint) end as seats_counting,
    case when not sums.is_embargoed then cast(sums.corrected as bigint) end as seats_corrected,
    case when not sums.is_embargoed then cast(sums.pending as bigint) end
        as seats_pending_correction,
    case when not sums.is_embargoed then cast(sums.tied as bigint) end as seats_tied,
    cast(sums.electorate as bigint) as electorate,
    cast(sums.ballots_issued as bigint) as ballots_issued,
    cast(sums.papers_counted as bigint) as papers_counted,
    cast(sums.valid_declared as bigint) as valid_votes,
    cast(sums.rejected_declared as bigint) as rejected_ballots,
    cast(sums.declared_electorate as bigint) as declared_electorate,
    sums.turnout,
    sums.turnout_basis,
    cast(case when sums.is_embargoed then sums.seats_total else sums.declared end as bigint)
        as turnout_seats,
    cast(sums.registered as bigint) as registered,
    leaders.first_party as leading_party,
    leaders.first_name as leading_party_name,
    leaders.first_colour as leading_party_colour,
    leaders.first_seats as leading_party_seats,
    leaders.first_share as leading_party_vote_share,
    leaders.second_party,
    leaders.second_seats as second_party_seats,
    leaders.second_share as second_party_vote_share,
    cast(floor(sums.seats_total / 2.0) + 1 as bigint) as seats_for_majority,
    case when sums.phase = 'complete' then
        cast(2 * leaders.first_seats - sums.seats_total as bigint)
    end as overall_majority,
    coalesce(2 * leaders.first_seats > sums.seats_total, false) as has_overall_majority,
    cast(abs(swings.to_second) as {{ dbt.type_float() }}) as swing,
    case
        when swings.to_second is null then null
        when swings.to_second >= 0 then two_parties.first_party else two_parties.second_party
    end as swing_from_party,
    case
        when swings.to_second is null then null
        when swings.to_second >= 0 then two_parties.second_party else two_parties.first_party
    end as swing_to_party,
    case when not sums.is_embargoed then swings.seats end as swing_seats,
    newest.constituency_name as last_declaration_seat,
    newest.headline as last_declaration_text,
    newest.declared_at as last_declared_at,
    case
        when sums.phase = 'before_poll' then 'Polls open soon'
        when sums.phase = 'polls_open' then
            'Polls are open: turnout so far '
            || coalesce({{ percent('sums.turnout') }}, '0.0') || ' %'
        when sums.declared = 0 then
            'Polls have closed: no seat of ' || sums.seats_total || ' declared yet'
        when sums.phase = 'complete' and leaders.first_seats * 2 > sums.seats_total then
            leaders.first_name || ' win: majority '
            || (2 * leaders.first_seats - sums.seats_total)
        when sums.phase = 'complete' and leaders.first_seats = leaders.second_seats then
            'No overall majority: ' || leaders.first_name || ' and ' || leaders.second_party
            || ' have ' || leaders.first_seats || ' seats each'
        when sums.phase = 'complete' then
            'No overall majority: ' || leaders.first_name || ' are the largest party with '
            || leaders.first_seats || ' of ' || sums.seats_total || ' seats'
        when leaders.first_seats * 2 > sums.seats_total then
            leaders.first_name || ' have an overall majority with ' || leaders.first_seats
            || ' seats, ' || sums.declared || ' of ' || sums.seats_total || ' declared'
        when leaders.first_seats = leaders.second_seats then
            leaders.first_name || ' and ' || leaders.second_party || ' are level on '
            || leaders.first_seats || ' seats each, ' || sums.declared || ' of '
            || sums.seats_total || ' declared'
        else
            coalesce(leaders.first_name || ' lead with ' || leaders.first_seats || ' seats, ', '')
            || sums.declared || ' of ' || sums.seats_total || ' declared'
    end as headline,
    checks.outcome as invariants_outcome,
    checks.failures as invariants_failures,
    checks.finished_at as invariants_checked_at
from sums
cross join leaders
cross join swings
cross join two_parties
left join newest on newest.night_id = sums.night_id
left join checks
    on checks.night_id = sums.night_id
    and checks.newest_first = 1
