# Each run sets one variable wrongly, and that one must be what refuses.
mock_provider "google" {}

variables {
  project_id = "tallyhouse-test"
}

run "project_by_number" {
  command = plan
  variables {
    project_id = "123456789012"
  }
  expect_failures = [var.project_id]
}

run "prefix_with_dashes" {
  command = plan
  variables {
    prefix = "tally-house"
  }
  expect_failures = [var.prefix]
}

run "prefix_ending_with_an_underscore" {
  command = plan
  variables {
    prefix = "tally_"
  }
  expect_failures = [var.prefix]
}

run "multi_region" {
  command = plan
  variables {
    region = "EU"
  }
  expect_failures = [var.region]
}

run "bucket_with_capitals" {
  command = plan
  variables {
    lake_bucket = "Lake"
  }
  expect_failures = [var.lake_bucket]
}

run "ephemeral_for_ever" {
  command = plan
  variables {
    ephemeral_days = 61
  }
  expect_failures = [var.ephemeral_days]
}

run "raw_kept_shorter_than_topics" {
  command = plan
  variables {
    raw_kept_days = 3
  }
  expect_failures = [var.raw_kept_days]
}

run "half_a_gibibyte" {
  command = plan
  variables {
    daily_query_gib = 0.5
  }
  expect_failures = [var.daily_query_gib]
}

run "budget_of_nothing" {
  command = plan
  variables {
    budget_amount = 0
  }
  expect_failures = [var.budget_amount]
}

run "billing_account_by_name" {
  command = plan
  variables {
    billing_account = "My Billing Account"
  }
  expect_failures = [var.billing_account]
}

run "dashboard_for_everybody" {
  command = plan
  variables {
    dashboard_viewers = ["allUsers"]
  }
  expect_failures = [var.dashboard_viewers]
}

run "impersonation_by_everybody" {
  command = plan
  variables {
    impersonators = ["allAuthenticatedUsers"]
  }
  expect_failures = [var.impersonators]
}

run "impersonation_by_a_domain" {
  command = plan
  variables {
    impersonators = ["domain:example.org"]
  }
  expect_failures = [var.impersonators]
}

run "moving_tag" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "machine_by_wish" {
  command = plan
  variables {
    broker_machine_type = "a big one"
  }
  expect_failures = [var.broker_machine_type]
}

run "compute_without_identities" {
  command = plan
  variables {
    with_compute = true
  }
  expect_failures = [var.with_compute]
}

run "guard_without_an_account_that_pays" {
  command = plan
  variables {
    with_guard = true
  }
  expect_failures = [var.with_guard]
}
