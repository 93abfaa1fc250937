"""The same stages in containers: their part of a night, access to the broker, the lifecycle."""
