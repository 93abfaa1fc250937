-- Papers and ballots of a seat as counted from raw, beside what the accounts say.
with

papers as (

    select
        constituency_id,
        sum(messages) as papers_counted,
        sum(case when candidate_id <> '-' then messages else 0 end) as valid_votes,
        {%- for reason in paper_rejection_reasons() %}
        sum(case when paper_rejected_for = '{{ reason }}' then messages else 0 end)
            as rejected_{{ reason }},
        {%- endfor %}
        sum(case when candidate_id = '-' then messages else 0 end) as rejected_ballots
    from {{ ref('int_votes_tallied') }}
    where night_id = {{ night() }} and constituency_id <> '-'
    group by constituency_id

),

batches as (

    select
        count_batch_id,
        sum(papers) as papers
    from {{ ref('int_count_batches_tallied') }}
    where night_id = {{ night() }}
    group by count_batch_id

),

accounts as (

    select
        accounts.constituency_id,
        sum(accounts.account_count) as papers_accounted_for,
        sum(case when coalesce(batches.papers, 0) < accounts.account_count then 1 else 0 end)
            as batches_short
    from {{ ref('int_ballot_accounts') }} as accounts
    left join batches on batches.count_batch_id = accounts.account_id
    where accounts.account_kind = 'count_batch'
    group by accounts.constituency_id

),

issued as (

    select
        stations.constituency_id,
        {%- for method in ('in_person', 'postal', 'proxy', 'tendered') %}
        sum(case when tallied.method = '{{ method }}' then tallied.messages else 0 end)
            as issued_{{ method }},
        {%- endfor %}
        sum(case when tallied.method <> 'tendered' then tallied.messages else 0 end)
            as ballots_issued
    from {{ ref('int_ballots_issued_tallied') }} as tallied
    inner join {{ ref('int_polling_stations') }} as stations
        on stations.polling_station_id = tallied.polling_station_id
    where tallied.night_id = {{ night() }} and {{ is_counted('tallied') }}
    group by stations.constituency_id

),

registers as (

    select
        constituency_id,
        sum(registered) as registered
    from {{ ref('int_polling_stations') }}
    group by constituency_id

)

select
    seats.night_id,
    seats.constituency_id,
    seats.constituency_name,
    seats.region_id,
    seats.electorate,
    cast(coalesce(registers.registered, 0) as bigint) as registered,
    cast(coalesce(issued.ballots_issued, 0) as bigint) as ballots_issued,
    {%- for method in ('in_person', 'postal', 'proxy', 'tendered') %}
    cast(coalesce(issued.issued_{{ method }}, 0) as bigint) as issued_{{ method }},
    {%- endfor %}
    cast(coalesce(papers.papers_counted, 0) as bigint) as papers_counted,
    cast(coalesce(papers.valid_votes, 0) as bigint) as valid_votes,
    cast(coalesce(papers.rejected_ballots, 0) as bigint) as rejected_ballots,
    {%- for reason in paper_rejection_reasons() %}
    cast(coalesce(papers.rejected_{{ reason }}, 0) as bigint) as rejected_{{ reason }},
    {%- endfor %}
    cast(coalesce(accounts.papers_accounted_for, 0) as bigint) as papers_accounted_for,
    cast(coalesce(accounts.batches_short, 0) as bigint) as batches_short
from {{ ref('int_constituencies') }} as seats
left join papers on papers.constituency_id = seats.constituency_id
left join accounts on accounts.constituency_id = seats.constituency_id
left join issued on issued.constituency_id = seats.constituency_id
left join registers on registers.constituency_id = seats.constituency_id
