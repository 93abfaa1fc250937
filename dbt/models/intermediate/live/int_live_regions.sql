-- Regions added up: seats, registers, ballots issued, and what is declared.
select
    night_id,
    region_id,
    max(region_name) as region_name,
    max(nation) as nation,
    max(case when is_embargoed then 1 else 0 end) = 1 as is_embargoed,
    count(*) as seats_total,
    sum(case when is_declared then 1 else 0 end) as seats_declared,
    sum(case when declaration_status = 'corrected' then 1 else 0 end) as seats_corrected,
    sum(case when status = 'pending_correction' then 1 else 0 end) as seats_pending_correction,
    sum(case when status = 'counting' then 1 else 0 end) as seats_counting,
    sum(case when is_declared and is_tie then 1 else 0 end) as seats_tied,
    sum(electorate) as electorate,
    sum(registered) as registered,
    sum(ballots_issued) as ballots_issued,
    sum(papers_counted) as papers_counted,
    sum(case when is_declared then valid_declared end) as valid_declared,
    sum(case when is_declared then rejected_declared end) as rejected_declared,
    sum(case when is_declared then electorate end) as declared_electorate,
    sum(valid_counted) as valid_counted,
    max(as_of) as as_of
from {{ ref('int_live_results') }}
group by night_id, region_id
