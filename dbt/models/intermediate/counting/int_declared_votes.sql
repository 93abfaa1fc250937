{{ config(materialized='table', tags=['cadence']) }}

{{ declared_votes(ref('int_declarations')) }}
