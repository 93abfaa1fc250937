"""From the broker into raw tables: decoded strictly, landed exactly once, in bounded loads."""
