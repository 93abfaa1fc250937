"""What executors do with a block of messages (pure polars and Arrow): decode, judge, reduce."""
