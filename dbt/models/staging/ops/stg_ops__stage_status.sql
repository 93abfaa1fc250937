with

source as (

    select * from {{ source('ops', 'stage_status') }}

),

renamed as (

    select
        night_id,
        stage,
        state,
        detail,
        last_error,
        updated_at
    from source

)

select * from renamed
