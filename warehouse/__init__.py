"""The warehouses: connections that come back, jobs that run once, what tables must be."""
