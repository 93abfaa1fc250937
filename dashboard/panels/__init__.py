"""Pieces of the page as HTML text. Pure: rows in, escaped markup out."""
