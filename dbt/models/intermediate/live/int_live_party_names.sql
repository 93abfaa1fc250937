-- The name that most of a party's candidates stand under.
with

named as (

    select
        nominations.party_abbreviation,
        nominations.party_name,
        row_number() over (
            partition by nominations.party_abbreviation
            order by count(*) desc, nominations.party_name
        ) as line
    from {{ ref('stg_analytics__nominations') }} as nominations
    inner join {{ ref('int_live_night') }} as night on night.night_id = nominations.night_id
    group by nominations.party_abbreviation, nominations.party_name

)

select
    party_abbreviation,
    party_name
from named
where line = 1
