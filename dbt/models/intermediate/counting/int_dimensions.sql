-- Counting waits for the dimensions: are as many there as the account says?
with

counted as (

    select
        (select count(*) from {{ ref('int_constituencies') }}) as constituencies,
        (select count(*) from {{ ref('int_candidates') }}) as candidates

),

accounts as (

    select
        max(case when account_id = 'constituencies' then account_count end) as constituencies,
        max(case when account_id = 'candidates' then account_count end) as candidates,
        max(case when account_id = 'voters' then account_count end) as voters
    from {{ ref('int_dimension_accounts') }}

)

select
    {{ night() }} as night_id,
    counted.constituencies,
    counted.candidates,
    accounts.constituencies as constituencies_accounted_for,
    accounts.candidates as candidates_accounted_for,
    accounts.voters as voters_accounted_for,
    coalesce(
        counted.constituencies = accounts.constituencies
        and counted.candidates = accounts.candidates,
        false
    ) as is_complete
from counted
cross join accounts
