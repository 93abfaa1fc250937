{{ only_if_invariants_pass() }}
with

night as (

    select * from {{ ref('int_night') }} where not is_embargoed

),

seats as (

    select
        constituency_id,
        papers_counted,
        papers_accounted_for > 0
            and batches_short = 0
            and papers_counted >= papers_accounted_for as is_complete
    from {{ ref('int_constituency_counts') }}

),

joined as (

    select
        counts.night_id,
        counts.constituency_id,
        counts.candidate_id,
        counts.party_abbreviation,
        counts.votes as votes_counted,
        case when declarations.constituency_id is not null then coalesce(declared.vote_count, 0)
        end as votes_declared,
        declarations.declaration_version,
        declarations.status as declaration_status,
        declarations.winner_candidate_id,
        seats.is_complete
    from {{ ref('int_candidate_counts') }} as counts
    cross join night
    inner join seats on seats.constituency_id = counts.constituency_id
    left join {{ ref('int_declarations') }} as declarations
        on declarations.constituency_id = counts.constituency_id
        and declarations.is_latest
    left join {{ ref('int_declared_votes') }} as declared
        on declared.candidate_id = counts.candidate_id
        and declared.is_latest
    where seats.papers_counted > 0 or declarations.constituency_id is not null

),

summed as (

    select
        joined.*,
        sum(votes_declared) over (partition by constituency_id) as valid_declared,
        sum(case when votes_counted <> votes_declared then 1 else 0 end)
            over (partition by constituency_id) as differing
    from joined

)

select
    night_id,
    constituency_id,
    candidate_id,
    party_abbreviation,
    cast(votes_declared as bigint) as votes_declared,
    votes_counted,
    cast(votes_declared as {{ dbt.type_float() }}) / nullif(cast(valid_declared as bigint), 0)
        as share_declared,
    case when declaration_version is not null then
        rank() over (partition by constituency_id order by votes_declared desc nulls last)
    end as position_declared,
    coalesce(winner_candidate_id = candidate_id, false) as is_winner,
    declaration_version,
    case
        when declaration_version is null then 'counting'
        when is_complete and differing > 0 then 'pending_correction'
        else declaration_status
    end as status,
    {{ wall_clock() }} as as_of
from summed
