-- As of when the live tables are written, all of them. Spark says how far it is with the last one.
-- Where they are not written in one transaction (BigQuery), rows of the others may be newer
-- already: what is made of several tables is as old as this.
select
    night_id,
    max(updated_at) as as_of
from {{ ref('stg_ops__tallied') }}
group by night_id
