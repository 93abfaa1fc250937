"""The live count: Structured Streaming from Kafka into tally ledgers, live tables and the lake."""
