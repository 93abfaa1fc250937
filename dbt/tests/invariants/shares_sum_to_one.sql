{{ config(tags=['edition']) }}

-- Shares of one whole add up to 1, wherever there are votes.
with

sums as (

    select
        {{ dbt.concat(["'seat '", "constituency_id"]) }} as what,
        sum(share) as shares
    from {{ checked('candidate_results') }}
    group by constituency_id

    union all

    select 'nation, declared', sum(vote_share)
    from {{ checked('party_results') }}

    union all

    select 'nation, counted', sum(vote_share_counted)
    from {{ checked('party_results') }}

    union all

    select {{ dbt.concat(["'region '", "region_id"]) }}, sum(vote_share)
    from {{ checked('regional_results') }}
    group by region_id

)

select *
from sums
where shares is not null and abs(shares - 1) > 1e-9
