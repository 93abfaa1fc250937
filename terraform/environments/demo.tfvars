# A deployment for some days: only warehouse and lake, and nothing outlives a week.
ephemeral      = true
ephemeral_days = 7
prefix         = "tallyhouse_demo"
