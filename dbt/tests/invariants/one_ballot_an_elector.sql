-- At most one accepted ballot an elector; tendered ones have none.
select
    polling_station_id,
    count(*) as ballots
from {{ ref('int_ballots_issued_classified') }} as ballots
where night_id = {{ night() }}
    and elector_no is not null
    and {{ is_counted('ballots') }}
group by polling_station_id, elector_no
having count(*) > 1
