-- Shares of one whole add up to 1, wherever there are votes.
with

sums as (

    select
        {{ dbt.concat(["'seat '", "constituency_id"]) }} as what,
        sum(share) as shares
    from {{ ref('candidate_results') }}
    group by constituency_id

    union all

    select 'nation, declared', sum(vote_share)
    from {{ ref('party_results') }}

    union all

    select 'nation, counted', sum(vote_share_counted)
    from {{ ref('party_results') }}

    union all

    select {{ dbt.concat(["'region '", "region_id"]) }}, sum(vote_share)
    from {{ ref('regional_results') }}
    group by region_id

)

select *
from sums
where shares is not null and abs(shares - 1) > 1e-9
