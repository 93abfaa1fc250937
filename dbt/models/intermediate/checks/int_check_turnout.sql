-- Ballots issued by seat and station, registers and ballots by demography: dbt against the stream.
with

comparable as (

    select
        max(case when topic = 'ballots_issued' and is_comparable then 1 else 0 end) = 1 as issued,
        max(case when topic = 'voters' and is_comparable then 1 else 0 end) = 1 as voters,
        max(case when topic = 'constituencies' and is_comparable then 1 else 0 end) = 1 as seats
    from {{ ref('int_comparable') }}

),

seats as (

    select * from {{ ref('int_constituency_counts') }}

),

stream_seats as (

    select * from {{ ref('stg_analytics__regional_turnout') }} where night_id = {{ night() }}

),

our_stations as (

    select
        stations.polling_station_id,
        stations.constituency_id,
        coalesce(sum(tallied.messages), 0) as ballots_issued
    from {{ ref('int_polling_stations') }} as stations
    left join {{ ref('int_ballots_issued_tallied') }} as tallied
        on tallied.night_id = stations.night_id
        and tallied.polling_station_id = stations.polling_station_id
        and {{ is_counted('tallied') }}
        and tallied.method <> 'tendered'
    group by stations.polling_station_id, stations.constituency_id

),

stations as (

    select
        ours.constituency_id,
        count(*) as expected,
        sum(case when theirs.ballots_issued = ours.ballots_issued then 1 else 0 end) as actual,
        {{ text_list(
            "case when theirs.ballots_issued = ours.ballots_issued then null else "
            ~ dbt.concat([
                "ours.polling_station_id", "' '",
                "cast(ours.ballots_issued as " ~ dbt.type_string() ~ ")", "' and '",
                "coalesce(cast(theirs.ballots_issued as " ~ dbt.type_string() ~ "), 'nothing')",
            ]) ~ " end",
            'ours.polling_station_id'
        ) }} as differing
    from our_stations as ours
    left join {{ ref('stg_analytics__polling_station_turnout') }} as theirs
        on theirs.night_id = {{ night() }}
        and theirs.polling_station_id = ours.polling_station_id
    group by ours.constituency_id

),

our_people as (

    select region_id, age_band, sex, education, sum(registered) as registered, sum(issued) as issued
    from (
        select region_id, age_band, sex, education, people as registered, 0 as issued
        from {{ ref('int_voters_demography') }}
        where night_id = {{ night() }}

        union all

        select region_id, age_band, sex, education, 0, people
        from {{ ref('int_ballots_issued_demography') }}
        where night_id = {{ night() }}
    ) as people
    group by region_id, age_band, sex, education

),

cells as (

    select
        coalesce(ours.region_id, theirs.region_id) as region_id,
        sum(coalesce(ours.registered, 0)) as our_registered,
        sum(coalesce(theirs.registered, 0)) as their_registered,
        sum(case
            when coalesce(ours.registered, 0) = coalesce(theirs.registered, 0) then 0 else 1
        end) as registered_differing,
        sum(coalesce(ours.issued, 0)) as our_issued,
        sum(coalesce(theirs.ballots_issued, 0)) as their_issued,
        sum(case
            when coalesce(ours.issued, 0) = coalesce(theirs.ballots_issued, 0) then 0 else 1
        end) as issued_differing
    from our_people as ours
    full outer join (
        select * from {{ ref('stg_analytics__demographic_analysis') }}
        where night_id = {{ night() }}
    ) as theirs
        on theirs.region_id = ours.region_id
        and theirs.age_band = ours.age_band
        and theirs.sex = ours.sex
        and theirs.education = ours.education
    group by coalesce(ours.region_id, theirs.region_id)

),

regions as (

    select region_id, min(region_name) as region_name
    from {{ ref('int_constituencies') }}
    group by region_id

),

compared as (
    {% for method in ('in_person', 'postal', 'proxy', 'tendered') %}
    select
        'issued_dbt_equal_spark' as check_name,
        seats.constituency_id as area_id,
        seats.constituency_name as area,
        '{{ method }}' as key,
        seats.issued_{{ method }} as expected,
        stream_seats.issued_{{ method }} as actual,
        (select issued from comparable) as is_comparable,
        coalesce(seats.issued_{{ method }} = stream_seats.issued_{{ method }}, false) as is_ok,
        'ballots issued, counted by dbt, by the stream' as what
    from seats
    left join stream_seats on stream_seats.constituency_id = seats.constituency_id

    union all
    {% endfor %}
    select
        'stations_dbt_equal_spark',
        seats.constituency_id,
        seats.constituency_name,
        '-',
        stations.expected,
        stations.actual,
        (select issued from comparable),
        stations.expected = stations.actual,
        {{ dbt.concat([
            "'stations, stations with the same ballots issued by dbt and by the stream; '",
            "coalesce(stations.differing, 'none differs')",
        ]) }}
    from stations
    inner join seats on seats.constituency_id = stations.constituency_id

    union all

    select
        'register_demography_dbt_equal_spark',
        cells.region_id,
        coalesce(regions.region_name, cells.region_id),
        '-',
        cells.our_registered,
        cells.their_registered,
        (select voters from comparable),
        cells.registered_differing = 0,
        'electors by age, sex and education, by dbt and by the stream'
    from cells
    left join regions on regions.region_id = cells.region_id

    union all

    select
        'issued_demography_dbt_equal_spark',
        cells.region_id,
        coalesce(regions.region_name, cells.region_id),
        '-',
        cells.our_issued,
        cells.their_issued,
        (select issued from comparable),
        cells.issued_differing = 0,
        'ballots issued by age, sex and education, by dbt and by the stream'
    from cells
    left join regions on regions.region_id = cells.region_id

)

select
    check_name,
    area_id,
    area,
    key,
    cast(expected as bigint) as expected,
    cast(actual as bigint) as actual,
    'error' as severity,
    coalesce(is_comparable, false) as is_comparable,
    coalesce(is_ok, false) as is_ok,
    what
from compared
