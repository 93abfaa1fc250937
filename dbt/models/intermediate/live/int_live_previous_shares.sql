select
    seats.night_id,
    seats.constituency_id,
    shares.party_abbreviation,
    max(shares.share) as previous_share
from {{ ref('stg_analytics__seats') }} as seats
inner join {{ ref('int_live_night') }} as night on night.night_id = seats.night_id
{{ join_json_list('seats.previous_shares', 'shares', {
    'party_abbreviation': 'text', 'share': 'double precision'
}) }}
where {{ is_party('shares.party_abbreviation') }}
group by seats.night_id, seats.constituency_id, shares.party_abbreviation
