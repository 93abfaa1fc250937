{{ config(unique_key=replaced_rows(['night_id', 'education', 'party_abbreviation'])) }}

with

night as (

    select * from {{ ref('int_night') }} where not is_embargoed

),

answers as (

    select
        estimates.night_id,
        estimates.education,
        estimates.party_abbreviation,
        cast(sum(estimates.answers) as bigint) as answers
    from {{ ref('stg_analytics__exit_poll_estimates') }} as estimates
    where estimates.night_id = {{ night() }}
    group by estimates.night_id, estimates.education, estimates.party_abbreviation

),

totals as (

    select
        education,
        cast(sum(case when party_abbreviation <> '-' then answers else 0 end) as bigint)
            as answers_in_all,
        cast(sum(case when party_abbreviation = '-' then answers else 0 end) as bigint)
            as answers_refused
    from answers
    group by education

),

cells as (

    select
        answers.*,
        {{ small_cells('answers', 'education', 'party_abbreviation') }} as is_suppressed
    from answers
    where party_abbreviation <> '-'

),

shares as (

    select
        cells.*,
        totals.answers_in_all,
        totals.answers_refused,
        cast(cells.answers as {{ dbt.type_float() }}) / nullif(totals.answers_in_all, 0) as share
    from cells
    inner join totals on totals.education = cells.education

)

select
    shares.night_id,
    shares.education,
    shares.party_abbreviation,
    {{ party_colour('shares.party_abbreviation') }} as party_colour,
    case when not shares.is_suppressed then shares.answers end as answers,
    shares.answers_in_all,
    shares.answers_refused,
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
where {{ is_snapshot_due('night.election_at') }}
