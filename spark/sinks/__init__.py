"""Projections of the ledgers: PostgreSQL, the topic `results`, rejected events, operations."""
