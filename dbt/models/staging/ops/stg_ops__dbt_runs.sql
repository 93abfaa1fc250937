with

source as (

    select * from {{ source('ops', 'dbt_runs') }}

),

renamed as (

    select
        night_id,
        run,
        kind,
        outcome,
        failures,
        started_at,
        finished_at
    from source

)

select * from renamed
