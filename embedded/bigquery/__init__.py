"""An offline BigQuery for tests: DuckDB behind BigQuery's API, in a Python 3.13 of its own."""
