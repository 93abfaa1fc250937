{{ config(tags=['cadence']) }}

-- FAIL if and only if a row has severity error and status fail.
select *
from {{ ref('reconciliation') }}
where severity = 'error' and status = 'fail'
