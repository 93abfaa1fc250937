-- electorate >= ballots issued >= papers counted, seat by seat; papers only after close of poll.
with

seats as (

    select * from {{ ref('int_constituency_counts') }}

),

compared as (

    select
        'electorate_covers_ballots_issued' as check_name,
        constituency_id as area_id,
        constituency_name as area,
        electorate as expected,
        ballots_issued as actual,
        electorate >= ballots_issued as is_ok,
        'names on the register, ballots issued (at most as many)' as what
    from seats

    union all

    select
        'ballots_issued_cover_papers',
        seats.constituency_id,
        seats.constituency_name,
        seats.ballots_issued,
        seats.papers_counted,
        seats.ballots_issued >= seats.papers_counted,
        'ballots issued, papers counted (at most as many)'
    from seats
    cross join (select * from {{ ref('int_night') }} where not is_embargoed) as night

)

select
    check_name,
    area_id,
    area,
    '-' as key,
    expected,
    actual,
    'error' as severity,
    false as is_comparable,
    is_ok,
    what
from compared
