with

night as (

    select
        count(*) as regions,
        max(case when is_embargoed then 1 else 0 end) = 1 as is_embargoed,
        sum(seats_total) as seats_total,
        sum(seats_declared) as seats_declared,
        sum(seats_corrected) as seats_corrected,
        sum(seats_pending_correction) as seats_pending_correction,
        sum(valid_declared) as valid_declared,
        sum(valid_counted) as valid_counted,
        max(as_of) as as_of
    from {{ ref('int_live_regions') }}

),

parties as (

    select
        night_id,
        party_abbreviation,
        sum(candidates_standing) as candidates_standing,
        sum(seats_declared) as seats_declared,
        sum(seats_leading) as seats_leading,
        sum(seats_gained) as seats_gained,
        sum(seats_lost) as seats_lost,
        sum(votes) as votes,
        sum(votes_counted) as votes_counted,
        sum(comparable_votes) as comparable_votes,
        sum(comparable_votes_before) as comparable_votes_before,
        sum(comparable_valid) as comparable_valid,
        sum(comparable_seats) as comparable_seats
    from {{ ref('int_live_party_seats') }}
    group by night_id, party_abbreviation

)

select
    parties.night_id,
    parties.party_abbreviation,
    names.party_name,
    {{ party_colour('parties.party_abbreviation') }} as party_colour,
    {{ party_text_colour('parties.party_abbreviation') }} as party_text_colour,
    {{ party_short_label('parties.party_abbreviation') }} as party_short_label,
    {{ is_party('parties.party_abbreviation') }} as is_party,
    cast(parties.candidates_standing as bigint) as candidates_standing,
    cast(parties.seats_declared as bigint) as seats_declared,
    cast(parties.seats_leading as bigint) as seats_leading,
    cast(parties.seats_gained as bigint) as seats_gained,
    cast(parties.seats_lost as bigint) as seats_lost,
    cast(parties.seats_gained - parties.seats_lost as bigint) as seats_net,
    cast(parties.votes as bigint) as votes,
    cast(parties.votes as {{ dbt.type_float() }}) / nullif(cast(night.valid_declared as bigint), 0)
        as vote_share,
    cast(parties.votes_counted as bigint) as votes_counted,
    cast(parties.votes_counted as {{ dbt.type_float() }}) / nullif(cast(night.valid_counted as bigint), 0)
        as vote_share_counted,
    case when {{ is_party('parties.party_abbreviation') }} then
        (
            cast(parties.comparable_votes as {{ dbt.type_float() }}) - parties.comparable_votes_before
        ) / nullif(cast(parties.comparable_valid as {{ dbt.type_float() }}), 0)
    end as share_change,
    case when not night.is_embargoed then cast(parties.comparable_seats as bigint) end
        as share_change_seats,
    rank() over (
        order by
            parties.seats_declared desc nulls last,
            parties.votes desc nulls last,
            parties.votes_counted desc nulls last,
            parties.candidates_standing desc,
            parties.party_abbreviation
    ) as rank,
    cast(night.seats_total as bigint) as seats_total,
    case when not night.is_embargoed then cast(night.seats_declared as bigint) end
        as seats_declared_total,
    {{ status_of_seats(
        'night.is_embargoed', 'night.seats_total', 'night.seats_declared',
        'night.seats_corrected', 'night.seats_pending_correction'
    ) }} as status,
    night.as_of
from parties
cross join night
left join {{ ref('int_live_party_names') }} as names
    on names.party_abbreviation = parties.party_abbreviation
