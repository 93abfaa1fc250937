{{ config(tags=['edition']) }}

-- Before close of poll no number of a candidate or a party stands in any mart.
with

night as (

    select * from {{ ref('int_live_night') }} where is_embargoed

)

select 'candidate_results' as mart, count(*) as numbers
from {{ checked('candidate_results') }} as rows_shown
inner join night on night.night_id = rows_shown.night_id
where coalesce(votes, votes_counted, votes_declared) is not null
    or coalesce(share, share_change) is not null
    or position is not null
    or is_leading
    or is_winner
having count(*) > 0

union all

select 'party_results', count(*)
from {{ checked('party_results') }} as rows_shown
inner join night on night.night_id = rows_shown.night_id
where coalesce(votes, votes_counted, seats_declared, seats_leading) is not null
    or coalesce(vote_share, vote_share_counted, share_change) is not null
having count(*) > 0

union all

select 'regional_results', count(*)
from {{ checked('regional_results') }} as rows_shown
inner join night on night.night_id = rows_shown.night_id
where coalesce(votes, votes_counted, seats_declared, seats_leading) is not null
    or vote_share is not null
having count(*) > 0

union all

select 'constituency_results', count(*)
from {{ checked('constituency_results') }} as rows_shown
inner join night on night.night_id = rows_shown.night_id
where coalesce(leading_candidate_id, declared_winner_candidate_id, leading_party) is not null
    or coalesce(leading_votes, lead, valid_votes, majority, papers_counted) is not null
having count(*) > 0

union all

select 'hourly_trends', count(*)
from {{ checked('hourly_trends') }} as rows_shown
inner join night on night.night_id = rows_shown.night_id
where rows_shown.party_abbreviation <> '-' and rows_shown.votes_counted is not null
having count(*) > 0
{% for mart in (
    'declarations_feed', 'results_over_time', 'counted_results', 'party_by_education',
    'fct_declaration', 'fct_candidate_result',
) %}
union all

select '{{ mart }}', count(*)
from {{ ref(mart) if mart == 'counted_results' else checked(mart) }} as rows_shown
inner join night on night.night_id = rows_shown.night_id
having count(*) > 0
{% endfor %}
