{{ only_if_invariants_pass() }}
select
    night_id,
    polling_station_id,
    polling_station_name,
    constituency_id,
    region_id,
    registered,
    {{ wall_clock() }} as as_of
from {{ ref('int_polling_stations') }}
