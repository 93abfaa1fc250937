with

source as (

    select * from {{ source('analytics', 'constituency_counts') }}
    {{ of_polling_day() }}

),

renamed as (

    select
        night_id,
        constituency_id,
        region_id,
        papers_counted,
        valid_votes,
        rejected_want_of_official_mark,
        rejected_too_many_votes,
        rejected_identifies_voter,
        rejected_unmarked_or_void,
        papers_accounted_for,
        papers_missing,
        batches_accounted_for,
        first_counted_at,
        last_counted_at,
        election_id,
        polling_date,
        as_of,
        ledger_version
    from source

)

select * from renamed
