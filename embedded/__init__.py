"""The machine in a box: Java runtime, Kafka broker, PostgreSQL and process supervision."""
