"""Wiring only: what runs as one process or one batch job."""
