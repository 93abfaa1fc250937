"""DataFrame -> DataFrame: decode, validate, reduce; the same for the stream and for a rebuild."""
