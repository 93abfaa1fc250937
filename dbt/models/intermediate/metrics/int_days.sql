-- The days on which nights were held: what metrics are asked by.
select cast(started_at as date) as date_day from {{ ref('stg_ops__nights') }}
union distinct
select cast(ended_at as date) as date_day from {{ ref('stg_ops__nights') }} where ended_at is not null
