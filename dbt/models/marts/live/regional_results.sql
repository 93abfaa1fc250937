with

parties as (

    select * from {{ ref('int_live_party_seats') }}

),

regions as (

    select * from {{ ref('int_live_regions') }}

),

names as (

    select * from {{ ref('int_live_party_names') }}

)

select
    parties.night_id,
    parties.region_id,
    parties.region_name,
    parties.party_abbreviation,
    names.party_name,
    {{ party_colour('parties.party_abbreviation') }} as party_colour,
    parties.candidates_standing,
    regions.seats_total,
    case when not regions.is_embargoed then regions.seats_declared end as seats_declared_total,
    parties.seats_declared,
    parties.seats_leading,
    parties.seats_gained,
    parties.seats_lost,
    cast(parties.votes as bigint) as votes,
    cast(parties.votes as {{ dbt.type_float() }}) / nullif(cast(regions.valid_declared as bigint), 0)
        as vote_share,
    cast(parties.votes_counted as bigint) as votes_counted,
    rank() over (
        partition by parties.region_id
        order by
            parties.seats_declared desc nulls last,
            parties.votes desc nulls last,
            parties.votes_counted desc nulls last,
            parties.candidates_standing desc,
            parties.party_abbreviation
    ) as rank,
    {{ status_of_seats(
        'regions.is_embargoed', 'regions.seats_total', 'regions.seats_declared',
        'regions.seats_corrected', 'regions.seats_pending_correction'
    ) }} as status,
    regions.as_of
from parties
inner join regions on regions.region_id = parties.region_id
left join names on names.party_abbreviation = parties.party_abbreviation
