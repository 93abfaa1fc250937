-- What is known before anything can be counted: how many dimensions there are. Newest version.
with

accounts as (

    select
        accounts.account_id,
        accounts.account_count,
        row_number() over (
            partition by accounts.account_id
            order by accounts.account_version desc, accounts.kafka_offset
        ) as newest_first
    from {{ ref('stg_raw__ballot_accounts') }} as accounts
    inner join {{ ref('int_landed') }} as landed
        on landed.topic = 'ballot_accounts'
        and landed.kafka_partition = accounts.kafka_partition
        and accounts.kafka_offset < landed.next_offset
    where accounts.night_id = {{ night() }}
        and accounts.account_kind = 'dimensions'
        and accounts.account_id in ('constituencies', 'candidates', 'voters')
        and accounts.account_count >= 0
        and accounts.account_version >= 1
        and not {{ is_too_early('accounts.sealed_at') }}

)

select
    account_id,
    account_count
from accounts
where newest_first = 1
