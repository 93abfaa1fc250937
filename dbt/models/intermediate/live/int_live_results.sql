-- Every seat's result in words and fractions: winner, hold or gain, swing, turnout with basis.
with

seats as (

    select * from {{ ref('int_live_seats') }}

),

named as (

    select
        seats.*,
        winners.candidate_name as winner_name,
        winners.party_abbreviation as winner_party,
        winners.votes_declared as winner_votes,
        winners.previous_share as winner_previous_share,
        case
            when seats.is_declared and not seats.is_tie then
                case
                    when seats.previous_winner_party is null then null
                    when seats.previous_winner_party = winners.party_abbreviation then 'hold'
                    else 'gain'
                end
            when seats.is_declared then 'tie'
        end as outcome
    from seats
    left join {{ ref('int_live_candidates') }} as winners
        on winners.constituency_id = seats.constituency_id
        and winners.candidate_id = seats.winner_candidate_id

),

compared as (

    select
        named.*,
        case
            when winner_party is null then null
            when outcome = 'gain' then previous_winner_party
            else second_declared_party
        end as losing_party
    from named

),

-- A party may stand twice in a seat; its share is that of all its candidates.
party_shares as (

    select
        constituency_id,
        party_abbreviation,
        cast(sum(votes_declared) as {{ dbt.type_float() }}) / nullif(max(valid_declared), 0) as share,
        max(previous_share) as previous_share
    from {{ ref('int_live_candidates') }}
    where votes_declared is not null and {{ is_party('party_abbreviation') }}
    group by constituency_id, party_abbreviation

)

select
    compared.*,
    winning.share - winning.previous_share as winner_share_change,
    case
        when compared.losing_party <> compared.winner_party then
            (
                (winning.share - winning.previous_share)
                + (losing.previous_share - losing.share)
            ) / 2
    end as swing,
    case
        when compared.is_declared
            then cast(compared.valid_declared as {{ dbt.type_float() }}) / nullif(compared.electorate, 0)
        else
            cast(compared.ballots_issued as {{ dbt.type_float() }}) / nullif(compared.registered, 0)
    end as turnout,
    case when compared.is_declared then 'declared' else 'ballots_issued' end as turnout_basis
from compared
left join party_shares as winning
    on winning.constituency_id = compared.constituency_id
    and winning.party_abbreviation = compared.winner_party
left join party_shares as losing
    on losing.constituency_id = compared.constituency_id
    and losing.party_abbreviation = compared.losing_party
