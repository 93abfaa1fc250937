select
    trends.night_id,
    trends.hour_start_at,
    trends.region_id,
    coalesce(regions.region_name, trends.region_id) as region_name,
    trends.party_abbreviation,
    case when trends.party_abbreviation = '-' then 'issued' else 'counted' end as row_kind,
    case when trends.party_abbreviation = '-' then trends.issued_in_person end
        as issued_in_person,
    case when trends.party_abbreviation = '-' then trends.issued_postal end as issued_postal,
    case when trends.party_abbreviation = '-' then trends.issued_in_person + trends.issued_postal
    end as ballots_issued,
    case when trends.party_abbreviation <> '-' then trends.votes_counted end as votes_counted,
    case
        when night.election_at < {{ plus_seconds('trends.hour_start_at', '3600') }}
            then 'provisional'
        else 'final'
    end as status,
    trends.as_of
from {{ ref('stg_analytics__hourly_trends') }} as trends
inner join {{ ref('int_live_night') }} as night on night.night_id = trends.night_id
left join (
    select night_id, region_id, max(region_name) as region_name
    from {{ ref('stg_analytics__seats') }}
    group by night_id, region_id
) as regions
    on regions.night_id = trends.night_id
    and regions.region_id = trends.region_id
where trends.party_abbreviation = '-' or not night.is_embargoed
