"""DataFrame -> DataFrame: decode, validate, reduce; the same for the stream and the backfill."""
