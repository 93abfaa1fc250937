{{ only_if_invariants_pass() }}
select
    candidates.night_id,
    candidates.candidate_id,
    candidates.constituency_id,
    seats.constituency_name,
    candidates.candidate_name,
    candidates.party_id,
    candidates.party_name,
    candidates.party_abbreviation,
    candidates.ballot_order,
    candidates.is_incumbent,
    candidates.image_url,
    previous.previous_share,
    {{ wall_clock() }} as as_of
from {{ ref('int_candidates') }} as candidates
inner join {{ ref('int_constituencies') }} as seats
    on seats.constituency_id = candidates.constituency_id
left join {{ ref('int_previous_shares') }} as previous
    on previous.constituency_id = candidates.constituency_id
    and previous.party_abbreviation = candidates.party_abbreviation
