{{ config(unique_key=replaced_rows(['night_id', 'education', 'party_abbreviation'])) }}

with

night as (

    select * from {{ ref('int_night') }} where not is_embargoed

),

-- Answers come one after the other: a snapshot of some of them and one of all would be as little as one
-- answer apart. Before every region has as many as its account says there is none.
answered as (

    select region_id, sum(answers) as answers
    from {{ ref('stg_analytics__exit_poll_estimates') }}
    where night_id = {{ night() }}
    group by region_id

),

poll as (

    select
        coalesce(min(case
            when coalesce(answered.answers, 0) >= accounts.account_count then 1 else 0
        end), 0) = 1 as is_complete
    from (
        select distinct region_id
        from {{ ref('stg_analytics__seats') }}
        where night_id = {{ night() }}
    ) as regions
    left join {{ ref('int_ballot_accounts') }} as accounts
        on accounts.account_kind = 'exit_poll'
        and accounts.account_id = regions.region_id
    left join answered on answered.region_id = regions.region_id

),

answers as (

    select
        education,
        party_abbreviation,
        cast(sum(answers) as bigint) as answers
    from {{ ref('stg_analytics__exit_poll_estimates') }}
    where night_id = {{ night() }}
    group by education, party_abbreviation

),

totals as (

    select
        {{ night() }} as night_id,
        education,
        cast(sum(case when party_abbreviation <> '-' then answers else 0 end) as bigint)
            as answers_in_all,
        cast(sum(case when party_abbreviation = '-' then answers else 0 end) as bigint)
            as answers_refused
    from answers
    group by education

),

-- All answers of the nation are known, so that totals wait in company as well.
withheld_totals as (

    select
        totals.*,
        {{ small_cells('answers_in_all', 'night_id', 'education') }} as is_small,
        {{ small_cells('answers_refused', 'night_id', 'education') }} as is_refused_small
    from totals

),

parties as (

    select distinct party_abbreviation
    from answers
    where party_abbreviation <> '-'

),

-- Where nobody named a party there is a cell too: left out, it would tell that nobody did.
cells as (

    select
        totals.education,
        parties.party_abbreviation,
        totals.answers_in_all,
        totals.answers_refused,
        totals.is_small,
        totals.is_refused_small,
        coalesce(answers.answers, 0) as answers
    from withheld_totals as totals
    cross join parties
    left join answers
        on answers.education = totals.education
        and answers.party_abbreviation = parties.party_abbreviation

),

shares as (

    select
        cells.*,
        is_small or {{ small_cells('answers', 'education', 'party_abbreviation') }}
            as is_suppressed,
        cast(answers as {{ dbt.type_float() }}) / nullif(answers_in_all, 0) as share
    from cells

)

select
    night.night_id,
    shares.education,
    shares.party_abbreviation,
    {{ party_colour('shares.party_abbreviation') }} as party_colour,
    case when not shares.is_suppressed then shares.answers end as answers,
    case when not shares.is_small then shares.answers_in_all end as answers_in_all,
    case when not shares.is_refused_small then shares.answers_refused end as answers_refused,
    case when not shares.is_suppressed then shares.share end as share_estimate,
    case when not shares.is_suppressed then
        cast(1.96 * sqrt(shares.share * (1 - shares.share) / shares.answers_in_all) as {{ dbt.type_float() }})
    end as margin_of_error,
    shares.is_suppressed,
    true as is_estimate,
    {{ quarter_hour('night.election_at') }} as snapshot_at,
    case when {{ is_final() }} then 'final' else 'provisional' end as status,
    {{ wall_clock() }} as as_of
from shares
cross join night
cross join poll
where poll.is_complete
    and {{ is_snapshot_due('night.election_at') }}
