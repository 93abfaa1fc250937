"""BigQuery as a warehouse: who connects, how jobs run once, what its tables must be."""
