-- No row before close of poll.
select
    declarations.*,
    row_number() over (
        partition by declarations.constituency_id
        order by declarations.declaration_version desc
    ) = 1 as is_latest,
    min(declarations.declared_at) over (partition by declarations.constituency_id)
        as first_declared_at
from {{ ref('stg_analytics__declaration_versions') }} as declarations
inner join {{ ref('int_live_night') }} as night on night.night_id = declarations.night_id
where not night.is_embargoed
