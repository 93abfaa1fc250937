-- The newest accepted version of each account says how many there must be.
with

accounts as (

    select
        classified.*,
        row_number() over (
            partition by classified.account_kind, classified.account_id
            order by classified.account_version desc
        ) as newest_first
    from {{ ref('int_ballot_accounts_classified') }} as classified
    where {{ is_counted('classified') }}

)

select
    night_id,
    account_kind,
    account_id,
    account_version,
    account_count,
    constituency_id
from accounts
where newest_first = 1
