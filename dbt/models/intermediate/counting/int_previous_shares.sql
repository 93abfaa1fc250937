select
    seats.night_id,
    seats.constituency_id,
    shares.party_abbreviation,
    max(shares.share) as previous_share
from {{ ref('int_constituencies') }} as seats
{{ join_json_list('seats.previous_shares', 'shares', {
    'party_abbreviation': 'text', 'share': 'double precision'
}) }}
where {{ is_party('shares.party_abbreviation') }}
group by seats.night_id, seats.constituency_id, shares.party_abbreviation
