"""What a night in the cloud costs and how near it comes to quotas, before any is spent."""
