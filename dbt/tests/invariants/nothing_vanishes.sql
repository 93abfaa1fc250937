-- Every message that a stage has read is in exactly one class there.
select *
from {{ ref('conservation') }}
where unaccounted <> 0
