{{ only_if_invariants_pass() }}
with

night as (

    select * from {{ ref('int_night') }} where not is_embargoed

),

ranked as (

    select
        constituency_id,
        declaration_version,
        vote_count,
        row_number() over (
            partition by constituency_id, declaration_version
            order by vote_count desc, candidate_id
        ) as line
    from {{ ref('int_declared_votes') }}

),

first_two as (

    select
        constituency_id,
        declaration_version,
        sum(vote_count) as valid_votes,
        max(case when line = 1 then vote_count end) - max(case when line = 2 then vote_count end)
            as majority
    from ranked
    group by constituency_id, declaration_version

)

select
    declarations.night_id,
    declarations.constituency_id,
    declarations.declaration_version,
    declarations.status,
    declarations.declared_at,
    lead(declarations.declared_at) over (
        partition by declarations.constituency_id order by declarations.declaration_version
    ) as superseded_at,
    declarations.is_latest,
    declarations.electorate,
    cast(coalesce(first_two.valid_votes, 0) as bigint) as valid_votes,
    declarations.rejected_ballots,
    declarations.winner_candidate_id,
    declarations.is_tie,
    cast(first_two.majority as bigint) as majority,
    cast(coalesce(first_two.valid_votes, 0) as {{ dbt.type_float() }})
        / nullif(declarations.electorate, 0) as turnout,
    'declared' as turnout_basis,
    declarations.result_summary,
    declarations.declaration_source as source,
    declarations.correction_reason as reason,
    declarations.kafka_offset,
    {{ wall_clock() }} as as_of
from {{ ref('int_declarations') }} as declarations
cross join night
left join first_two
    on first_two.constituency_id = declarations.constituency_id
    and first_two.declaration_version = declarations.declaration_version
