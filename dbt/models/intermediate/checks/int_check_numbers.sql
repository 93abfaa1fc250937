-- Dense numbers: every batch's papers, every station's issue numbers and register, every region's
-- answers are 1..n of their account, and what is missing is named.
with

seats as (

    select * from {{ ref('int_constituency_counts') }}

),

counted as (

    select
        'count_batch' as account_kind,
        count_batch_id as account_id,
        max(constituency_id) as area_id,
        sum(papers) as numbers,
        max(highest_paper_no) as highest
    from {{ ref('int_count_batches_tallied') }}
    where night_id = {{ night() }}
    group by count_batch_id

    union all

    select
        'station',
        stations.polling_station_id,
        max(stations.constituency_id),
        sum(tallied.messages),
        max(tallied.highest_issue_no)
    from {{ ref('int_ballots_issued_tallied') }} as tallied
    inner join {{ ref('int_polling_stations') }} as stations
        on stations.polling_station_id = tallied.polling_station_id
    where tallied.night_id = {{ night() }} and {{ claims_its_number('tallied') }}
    group by stations.polling_station_id

    union all

    select
        'exit_poll',
        region_id,
        region_id,
        count(*),
        max(answer_no)
    from {{ ref('int_exit_poll_classified') }} as classified
    where {{ is_counted('classified') }}
    group by region_id

),

accounts as (

    select
        coalesce(accounts.account_kind, counted.account_kind) as account_kind,
        coalesce(accounts.account_id, counted.account_id) as account_id,
        coalesce(
            accounts.constituency_id,
            counted.area_id,
            case when accounts.account_kind = 'exit_poll' then accounts.account_id end
        ) as area_id,
        accounts.account_count,
        coalesce(counted.numbers, 0) as numbers,
        coalesce(counted.highest, 0) as highest
    from (
        select * from {{ ref('int_ballot_accounts') }} where account_kind <> 'dimensions'
    ) as accounts
    full outer join counted
        on counted.account_kind = accounts.account_kind
        and counted.account_id = accounts.account_id

),

-- Only these need a look at single numbers. While papers are still being read most sources lack
-- some: how many follows from the sums, and which ones is asked once nothing is pending.
irregular as (

    select * from accounts
    where account_count is not null
        and (highest > account_count or ({{ is_final() }} and numbers <> account_count))

),

missing as (

    select
        irregular.account_kind,
        irregular.account_id,
        wanted.number
    from irregular
    {{ join_numbers('1', 'irregular.account_count', 'wanted') }}
    left join {{ ref('int_votes_classified') }} as papers
        on irregular.account_kind = 'count_batch'
        and papers.night_id = {{ night() }}
        and {{ has_number(
            'papers.count_batch_id', 'papers.paper_no', 'irregular.account_id', 'wanted.number'
        ) }}
        and {{ is_counted('papers') }}
    left join {{ ref('int_ballots_issued_classified') }} as issues
        on irregular.account_kind = 'station'
        and issues.night_id = {{ night() }}
        and {{ has_number(
            'issues.polling_station_id', 'issues.issue_no', 'irregular.account_id', 'wanted.number'
        ) }}
        and {{ claims_its_number('issues') }}
    left join {{ ref('int_exit_poll_classified') }} as answers
        on irregular.account_kind = 'exit_poll'
        and answers.region_id = irregular.account_id
        and answers.answer_no = wanted.number
        and {{ is_counted('answers') }}
    where papers.kafka_offset is null
        and issues.kafka_offset is null
        and answers.kafka_offset is null

),

islands as (

    select
        account_kind,
        account_id,
        min(number) as first_number,
        max(number) as last_number
    from (
        select
            missing.*,
            number - row_number() over (
                partition by account_kind, account_id order by number
            ) as island
        from missing
    ) as numbered
    group by account_kind, account_id, island

),

named as (

    select
        account_kind,
        account_id,
        sum(last_number - first_number + 1) as numbers_missing,
        {{ text_list(
            "case when first_number = last_number then cast(first_number as " ~ dbt.type_string() ~ ")"
            ~ " else " ~ dbt.concat([
                "cast(first_number as " ~ dbt.type_string() ~ ")", "'-'",
                "cast(last_number as " ~ dbt.type_string() ~ ")",
            ]) ~ " end",
            'first_number'
        ) }} as ranges
    from islands
    group by account_kind, account_id

),

counted_missing as (

    select
        accounts.*,
        named.ranges,
        case
            when accounts.highest > accounts.account_count or {{ is_final() }}
                then coalesce(named.numbers_missing, 0)
            else coalesce(accounts.account_count - accounts.numbers, 0)
        end as numbers_missing
    from accounts
    left join named
        on named.account_kind = accounts.account_kind
        and named.account_id = accounts.account_id

),

judged as (

    select
        counted_missing.*,
        numbers - (coalesce(account_count, 0) - numbers_missing) as numbers_beyond,
        case
            when account_count is null and numbers > 0
                then {{ dbt.concat(["account_id", "' has no account'"]) }}
            when ranges is not null
                then {{ dbt.concat([
                    "case account_kind when 'count_batch' then 'batch ' when 'station'"
                    " then 'station ' else 'region ' end",
                    "account_id",
                    "case account_kind when 'count_batch' then ' lacks papers '"
                    " when 'station' then ' lacks issue numbers ' else ' lacks answers ' end",
                    "ranges",
                ]) }}
        end as lacks
    from counted_missing

),

regions as (

    select region_id, min(region_name) as region_name
    from {{ ref('int_constituencies') }}
    group by region_id

),

areas as (

    select constituency_id as area_id, constituency_name as area from seats

    union all

    select region_id, region_name from regions

),

by_area as (

    select
        account_kind,
        area_id,
        sum(account_count) as expected,
        sum(account_count) - sum(numbers_missing) as actual,
        sum(case when account_count is null and numbers > 0 then 1 else 0 end) as without_account,
        sum(case when account_count is not null and numbers_beyond > 0 then numbers_beyond else 0 end)
            as beyond,
        {{ text_list('lacks', 'account_id') }} as lacks
    from judged
    group by account_kind, area_id

),

registers as (

    select
        stations.constituency_id,
        sum(stations.registered) as registered,
        sum(coalesce(voters.messages, 0)) as voters,
        {{ text_list(
            "case when coalesce(voters.messages, 0) = stations.registered then null else "
            ~ "stations.polling_station_id end",
            'stations.polling_station_id'
        ) }} as short
    from {{ ref('int_polling_stations') }} as stations
    left join (
        select polling_station_id, sum(messages) as messages
        from {{ ref('int_voters_tallied') }} as tallied
        where night_id = {{ night() }} and {{ is_counted('tallied') }}
        group by polling_station_id
    ) as voters on voters.polling_station_id = stations.polling_station_id
    group by stations.constituency_id

),

dimensions as (

    select * from {{ ref('int_dimensions') }}

),

compared as (

    select
        case account_kind
            when 'count_batch' then 'batches_complete'
            when 'station' then 'issue_numbers_complete'
            else 'exit_poll_complete'
        end as check_name,
        area_id,
        '-' as key,
        expected,
        actual,
        'error' as severity,
        coalesce(expected, 0) = coalesce(actual, 0) and without_account = 0 as is_ok,
        coalesce(lacks, 'numbers accounted for, numbers seen') as what
    from by_area

    union all

    select
        'numbers_beyond_account',
        area_id,
        account_kind,
        expected,
        expected + beyond,
        'warn',
        false,
        'numbers accounted for, and numbers seen beyond an account'
    from by_area
    where beyond > 0

    union all

    select
        'register_complete',
        constituency_id,
        '-',
        registered,
        voters,
        'error',
        registered = voters,
        {{ dbt.concat([
            "'electors on registers of stations, accepted from the topic; short: '",
            "coalesce(short, 'none')",
        ]) }}
    from registers
    {% for topic in ('constituencies', 'candidates') %}
    union all

    select
        'dimensions_complete',
        '{{ topic }}',
        '-',
        {{ topic }}_accounted_for,
        {{ topic }},
        'error',
        coalesce({{ topic }}_accounted_for = {{ topic }}, false),
        'accounted for, accepted'
    from dimensions
    {% endfor %}
    union all

    select
        'dimensions_complete',
        'voters',
        '-',
        dimensions.voters_accounted_for,
        (select sum(voters) from registers),
        'error',
        coalesce(dimensions.voters_accounted_for = (select sum(voters) from registers), false),
        'accounted for, accepted'
    from dimensions

)

select
    compared.check_name,
    compared.area_id,
    coalesce(areas.area, compared.area_id) as area,
    compared.key,
    cast(compared.expected as bigint) as expected,
    cast(compared.actual as bigint) as actual,
    compared.severity,
    compared.severity = 'warn' as is_comparable,
    coalesce(compared.is_ok, false) as is_ok,
    compared.what
from compared
left join areas on areas.area_id = compared.area_id
