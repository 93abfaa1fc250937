{{ only_if_invariants_pass() }}
with

named as (

    select
        night_id,
        party_abbreviation,
        party_name,
        row_number() over (
            partition by party_abbreviation order by count(*) desc, party_name
        ) as line
    from {{ ref('int_candidates') }}
    group by night_id, party_abbreviation, party_name

),

ids as (

    select
        party_abbreviation,
        cast(sum(candidates) as bigint) as candidates_standing,
        {{ text_list('party_id', 'party_id') }} as party_ids
    from (
        select party_abbreviation, party_id, count(*) as candidates
        from {{ ref('int_candidates') }}
        group by party_abbreviation, party_id
    ) as distinct_ids
    group by party_abbreviation

)

select
    named.night_id,
    named.party_abbreviation,
    named.party_name,
    ids.party_ids,
    {{ is_party('named.party_abbreviation') }} as is_party,
    ids.candidates_standing,
    {{ party_colour('named.party_abbreviation') }} as party_colour,
    {{ party_text_colour('named.party_abbreviation') }} as party_text_colour,
    {{ party_short_label('named.party_abbreviation') }} as party_short_label,
    {{ wall_clock() }} as as_of
from named
inner join ids on ids.party_abbreviation = named.party_abbreviation
where named.line = 1
