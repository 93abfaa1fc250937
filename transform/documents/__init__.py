"""What people read about the marts: the page of `make docs` and the data dictionary (pure)."""
