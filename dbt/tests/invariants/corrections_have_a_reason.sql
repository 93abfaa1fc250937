{{ config(tags=['edition']) }}

-- A correction is a new version with its reason; versions are 1, 2, 3 without a gap.
with

versions as (

    select
        constituency_id,
        declaration_version,
        status,
        reason,
        row_number() over (
            partition by constituency_id order by declaration_version
        ) as expected_version
    from {{ checked('fct_declaration') }}
    where night_id = {{ night() }}

)

select *
from versions
where declaration_version <> expected_version
    or (declaration_version > 1 and (status <> 'corrected' or reason is null))
