# A deployment that stays: an account a stage, compute once images are pushed, and limits on cost.
# The project, its billing account and the image tag are given at the command.
with_compute    = true
with_guard      = true
with_identities = true

budget_amount   = 200
daily_query_gib = 500
