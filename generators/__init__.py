"""Generators: turn an official result or a seeded synthetic one into an election's events."""
