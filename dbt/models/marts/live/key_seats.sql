with

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
        from {{ ref('int_live_previous_shares') }}
    ) as ranked
    group by constituency_id

),

seats as (

    select
        results.*,
        margins.previous_margin,
        cast(results.lead as {{ dbt.type_float() }}) / nullif(results.valid_votes, 0) as lead_share
    from {{ ref('constituency_results') }} as results
    left join margins on margins.constituency_id = results.constituency_id

),

chosen as (

    select
        seats.*,
        case
            when is_tie then 'tie'
            when status in ('pending_correction', 'corrected') then 'correction'
            when outcome = 'gain' then 'gain'
            when majority_share < 0.02 then 'close_result'
            when declaration_version is null and lead_share < 0.02 then 'close_count'
            when previous_margin < 0.05 then 'marginal'
        end as why
    from seats

),

ordered as (

    select
        chosen.*,
        case why
            when 'tie' then 1
            when 'correction' then 2
            when 'gain' then 3
            when 'close_result' then 4
            when 'close_count' then 5
            else 6
        end as why_order
    from chosen
    where why is not null

)

select
    night_id,
    constituency_id,
    constituency_name,
    region_name,
    why,
    row_number() over (
        order by
            why_order,
            coalesce(majority_share, lead_share, previous_margin) nulls last,
            constituency_id
    ) as rank,
    previous_winner_party,
    previous_margin,
    status,
    case when declaration_version is null then leading_party end as leading_party,
    declared_winner_party,
    coalesce(declared_winner_colour, leading_party_colour) as party_colour,
    outcome,
    gained_from_party,
    majority,
    majority_share,
    lead,
    swing,
    swing_from_party,
    swing_to_party,
    turnout,
    turnout_basis,
    declared_at,
    as_of
from ordered
