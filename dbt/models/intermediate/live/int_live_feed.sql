with

declarations as (

    select * from {{ ref('int_live_declarations') }}

),

votes as (

    select
        votes.constituency_id,
        votes.declaration_version,
        votes.valid_votes,
        votes.candidate_id,
        votes.vote_count,
        votes.line,
        nominations.candidate_name,
        nominations.party_abbreviation
    from {{ ref('int_live_declared_votes') }} as votes
    inner join {{ ref('stg_analytics__nominations') }} as nominations
        on nominations.night_id = votes.night_id
        and nominations.candidate_id = votes.candidate_id

),

first_two as (

    select
        constituency_id,
        declaration_version,
        max(valid_votes) as valid_votes,
        max(case when line = 1 then vote_count end) as first_votes,
        max(case when line = 2 then vote_count end) as second_votes,
        max(case when line = 2 then party_abbreviation end) as second_party
    from votes
    group by constituency_id, declaration_version

),

joined as (

    select
        declarations.night_id,
        declarations.constituency_id,
        declarations.declaration_version,
        seats.constituency_name,
        seats.region_id,
        seats.region_name,
        declarations.declared_at,
        declarations.status,
        declarations.is_latest,
        declarations.winner_candidate_id,
        winners.candidate_name as winner_name,
        winners.party_abbreviation as winner_party,
        winners.vote_count as winner_votes,
        first_two.second_party,
        first_two.first_votes - first_two.second_votes as majority,
        declarations.is_tie,
        declarations.electorate,
        cast(first_two.valid_votes as bigint) as valid_votes,
        declarations.rejected_ballots,
        declarations.result_summary,
        case
            when declarations.is_tie then 'tie'
            when seats.previous_winner_party is null then winners.party_abbreviation || ' win'
            when seats.previous_winner_party = winners.party_abbreviation
                then winners.party_abbreviation || ' hold'
            else winners.party_abbreviation || ' gain from ' || seats.previous_winner_party
        end as outcome_text,
        declarations.correction_reason,
        declarations.declaration_source,
        {{ least_of(['totals.as_of', 'written.as_of']) }} as as_of
    from declarations
    inner join {{ ref('stg_analytics__seats') }} as seats
        on seats.night_id = declarations.night_id
        and seats.constituency_id = declarations.constituency_id
    left join first_two
        on first_two.constituency_id = declarations.constituency_id
        and first_two.declaration_version = declarations.declaration_version
    left join votes as winners
        on winners.constituency_id = declarations.constituency_id
        and winners.declaration_version = declarations.declaration_version
        and winners.candidate_id = declarations.winner_candidate_id
    left join {{ ref('stg_analytics__constituency_counts') }} as totals
        on totals.night_id = declarations.night_id
        and totals.constituency_id = declarations.constituency_id
    left join {{ ref('int_live_written') }} as written on written.night_id = declarations.night_id

)

select
    night_id,
    constituency_id,
    declaration_version,
    constituency_name,
    region_id,
    region_name,
    declared_at,
    row_number() over (order by declared_at desc, constituency_id, declaration_version desc)
        as feed_position,
    status,
    is_latest,
    winner_candidate_id,
    winner_name,
    winner_party,
    {{ party_colour('winner_party') }} as winner_colour,
    winner_votes,
    second_party,
    majority,
    is_tie,
    electorate,
    valid_votes,
    rejected_ballots,
    cast(valid_votes as {{ dbt.type_float() }}) / nullif(electorate, 0) as turnout,
    'declared' as turnout_basis,
    result_summary,
    constituency_name || ': ' || coalesce(result_summary, outcome_text, 'declared')
        || case when majority > 0 then ', majority ' || {{ thousands('majority') }} else '' end
        || case when declaration_version > 1 then ' (corrected)' else '' end as headline,
    correction_reason as reason,
    declaration_source as source,
    as_of
from joined
