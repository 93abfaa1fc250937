"""The dbt stage's runner: dbt in one process for the whole night, on a cadence."""
